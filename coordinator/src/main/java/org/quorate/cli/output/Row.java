package org.quorate.cli.output;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One row of a result: column name to value, in the order of the statement. Values are numbers, booleans, text,
 * {@link Instant}, lists of text, {@link Json} or null.
 */
public record Row(Map<String, @Nullable Object> values) {
    /** A value that is JSON already. */
    public record Json(String text) {
        @Override
        public String toString() {
            return text;
        }
    }

    public Row {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    public static Row read(ResultSet result) throws SQLException {
        ResultSetMetaData meta = result.getMetaData();
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        for (int i = 1; i <= meta.getColumnCount(); i++) {
            values.put(meta.getColumnLabel(i), value(result, i, meta.getColumnTypeName(i)));
        }
        return new Row(values);
    }

    private static @Nullable Object value(ResultSet result, int index, String type) throws SQLException {
        Object value = result.getObject(index);
        if (value instanceof Timestamp time) {
            return time.toInstant();
        }
        if (value instanceof Array array) {
            return Arrays.stream((Object[]) array.getArray())
                    .map(String::valueOf)
                    .toList();
        }
        if (value == null || value instanceof Number || value instanceof Boolean) {
            return value;
        }
        String text = result.getString(index);
        return type.startsWith("json") ? new Json(text) : text;
    }

    public @Nullable Object get(String column) {
        if (!values.containsKey(column)) {
            throw new IllegalArgumentException("no column " + column + " in " + values.keySet());
        }
        return values.get(column);
    }

    public boolean has(String column) {
        return get(column) != null;
    }

    public String text(String column) {
        Object value = get(column);
        return value == null ? "" : String.valueOf(value);
    }

    public long number(String column) {
        return get(column) instanceof Number number ? number.longValue() : 0;
    }

    public boolean is(String column) {
        return Boolean.TRUE.equals(get(column));
    }

    public @Nullable Instant time(String column) {
        return get(column) instanceof Instant time ? time : null;
    }

    public List<String> list(String column) {
        return get(column) instanceof List<?> list
                ? list.stream().map(String::valueOf).toList()
                : List.of();
    }

    /** Returns a copy of the row with one more value at its end. */
    public Row with(String column, @Nullable Object value) {
        Map<String, @Nullable Object> more = new LinkedHashMap<>(values);
        more.put(column, value);
        return new Row(more);
    }
}
