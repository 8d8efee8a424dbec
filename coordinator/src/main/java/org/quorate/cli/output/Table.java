package org.quorate.cli.output;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Formats rows as aligned columns: numbers to the right, times as ages, an empty cell as a dash. */
public final class Table {
    private static final int CELL_LENGTH = 48;

    private final List<Column> columns;

    /**
     * One column.
     *
     * @param wide shown with {@code -o wide} only
     */
    record Column(String title, String key, Kind kind, boolean wide) {}

    /** The form in which a value is shown. */
    public enum Kind {
        TEXT,
        NUMBER,
        /** An instant, shown as the time that has passed since. */
        AGE,
        /** An instant, shown in UTC. */
        TIME,
        /** A number of milliseconds, shown in seconds. */
        MILLIS
    }

    private Table(List<Column> columns) {
        this.columns = List.copyOf(columns);
    }

    /**
     * Makes a table of columns.
     *
     * @param columns {@code TITLE:key}, and then any of {@code :number}, {@code :age}, {@code :time}, {@code :millis},
     *     {@code :wide}
     */
    public static Table of(String... columns) {
        List<Column> parsed = new ArrayList<>();
        for (String column : columns) {
            List<String> parts = List.of(column.split(":", -1));
            Kind kind = parts.stream()
                    .skip(2)
                    .filter(part -> !part.equals("wide"))
                    .map(part -> Kind.valueOf(part.toUpperCase(Locale.ROOT)))
                    .findFirst()
                    .orElse(Kind.TEXT);
            parsed.add(new Column(
                    parts.get(0),
                    parts.get(1),
                    kind,
                    parts.subList(2, parts.size()).contains("wide")));
        }
        return new Table(parsed);
    }

    public List<String> lines(List<Row> rows, boolean wide, Instant now) {
        List<Column> shown =
                columns.stream().filter(column -> wide || !column.wide()).toList();
        List<List<String>> cells = new ArrayList<>();
        cells.add(shown.stream().map(Column::title).toList());
        for (Row row : rows) {
            cells.add(shown.stream()
                    .map(column -> cell(column.kind(), row.get(column.key()), wide, now))
                    .toList());
        }
        return aligned(shown, cells);
    }

    private static List<String> aligned(List<Column> shown, List<List<String>> cells) {
        int[] widths = new int[shown.size()];
        for (List<String> line : cells) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(
                        widths[i], line.get(i).codePointCount(0, line.get(i).length()));
            }
        }
        return cells.stream().map(line -> line(shown, line, widths)).toList();
    }

    private static String line(List<Column> shown, List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String cell = cells.get(i);
            String pad = " ".repeat(widths[i] - cell.codePointCount(0, cell.length()));
            Kind kind = shown.get(i).kind();
            boolean right = kind == Kind.NUMBER || kind == Kind.MILLIS;
            line.append(i == 0 ? "" : "  ").append(right ? pad + cell : cell + pad);
        }
        return line.toString().stripTrailing();
    }

    public static String cell(Kind kind, @Nullable Object value, boolean wide, Instant now) {
        if (value == null || value.equals("")) {
            return "-";
        }
        if (value instanceof Instant time) {
            return kind == Kind.AGE ? Text.age(time, now) : stamp(time);
        }
        if (value instanceof Boolean yes) {
            return yes ? "yes" : "no";
        }
        if (kind == Kind.MILLIS && value instanceof Number millis) {
            return String.format(Locale.ROOT, "%.1fs", millis.doubleValue() / 1000);
        }
        String text = value instanceof List<?> list
                ? list.stream().map(String::valueOf).collect(Collectors.joining(","))
                : String.valueOf(value);
        String printable = Text.printable(text.isEmpty() ? "-" : text);
        return wide ? printable : Text.shortened(printable, CELL_LENGTH);
    }

    /** Returns the time as ISO 8601 in UTC, to the second. */
    public static String stamp(Instant time) {
        return Instant.ofEpochSecond(time.getEpochSecond()).toString();
    }
}
