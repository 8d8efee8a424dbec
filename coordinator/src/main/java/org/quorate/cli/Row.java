package org.quorate.cli;

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
 * One row of an answer, column name to value in the order of the statement. Values are numbers, booleans, text,
 * {@link Instant}, lists of text, {@link Json} or null.
 */
record Row(Map<String, @Nullable Object> values) {
    /** A value that is JSON already. */
    record Json(String text) {
        @Override
        public String toString() {
            return text;
        }
    }

    Row {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    static Row read(ResultSet result) throws SQLException {
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

    @Nullable Object get(String column) {
        if (!values.containsKey(column)) {
            throw new IllegalArgumentException("no column " + column + " in " + values.keySet());
        }
        return values.get(column);
    }

    boolean has(String column) {
        return get(column) != null;
    }

    String text(String column) {
        Object value = get(column);
        return value == null ? "" : String.valueOf(value);
    }

    long number(String column) {
        return get(column) instanceof Number number ? number.longValue() : 0;
    }

    boolean is(String column) {
        return Boolean.TRUE.equals(get(column));
    }

    @Nullable Instant time(String column) {
        return get(column) instanceof Instant time ? time : null;
    }

    List<String> list(String column) {
        return get(column) instanceof List<?> list
                ? list.stream().map(String::valueOf).toList()
                : List.of();
    }

    /** The same row with one more value at its end. */
    Row with(String column, @Nullable Object value) {
        Map<String, @Nullable Object> more = new LinkedHashMap<>(values);
        more.put(column, value);
        return new Row(more);
    }
}
