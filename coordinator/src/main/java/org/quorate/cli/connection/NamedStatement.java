package org.quorate.cli.connection;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.output.Row;
import org.quorate.sql.Statements;

/**
 * A named statement in the form that the driver takes: with parameters by position instead of {@code :name}. It is
 * parsed by hand, since a command that runs two statements would spend most of its time on loading a library for it.
 */
final class NamedStatement {
    /** Matches parts that may contain a colon and are no parameter, and then a parameter. */
    private static final Pattern PART =
            Pattern.compile("--[^\\n]*|'(?:[^']|'')*'|\"[^\"]*\"|::|:([a-z_][a-z0-9_]*)", Pattern.CASE_INSENSITIVE);

    private static final int ALL = 0;
    private static final int FETCHED_ROWS = 1000;

    private final String text;
    private final List<String> names = new ArrayList<>();

    private NamedStatement(String source) {
        Matcher matcher = PART.matcher(source);
        StringBuilder positional = new StringBuilder();
        while (matcher.find()) {
            String name = matcher.group(1);
            if (name != null) {
                names.add(name);
            }
            String kept = matcher.group().startsWith("--") ? "" : matcher.group();
            matcher.appendReplacement(positional, name == null ? Matcher.quoteReplacement(kept) : "?");
        }
        text = matcher.appendTail(positional).toString();
    }

    static NamedStatement of(String name) {
        return new NamedStatement(Statements.named(name));
    }

    List<Row> rows(Connection connection, Map<String, ? extends @Nullable Object> parameters) throws SQLException {
        return rows(connection, parameters, ALL);
    }

    /** Returns the rows, at most as many as {@code most}; 0: all. */
    List<Row> rows(Connection connection, Map<String, ? extends @Nullable Object> parameters, int most)
            throws SQLException {
        List<Row> rows = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(text)) {
            bind(statement, parameters);
            statement.setMaxRows(most);
            read(statement, rows::add);
        }
        return rows;
    }

    /** Passes the rows on one by one; if a transaction is open, they are read from a cursor. */
    void each(Connection connection, Map<String, ? extends @Nullable Object> parameters, Consumer<Row> reader)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(text)) {
            bind(statement, parameters);
            statement.setFetchSize(FETCHED_ROWS);
            read(statement, reader);
        }
    }

    private void bind(PreparedStatement statement, Map<String, ? extends @Nullable Object> parameters)
            throws SQLException {
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            if (!parameters.containsKey(name)) {
                throw new IllegalArgumentException("no value for :" + name + " in " + parameters.keySet());
            }
            bind(statement, i + 1, parameters.get(name));
        }
    }

    private static void read(PreparedStatement statement, Consumer<Row> reader) throws SQLException {
        try (ResultSet result = statement.executeQuery()) {
            while (result.next()) {
                reader.accept(Row.read(result));
            }
        }
    }

    private static void bind(PreparedStatement statement, int index, @Nullable Object value) throws SQLException {
        if (value == null) {
            statement.setNull(index, Types.OTHER);
        } else if (value instanceof Instant time) {
            statement.setObject(index, time.atOffset(ZoneOffset.UTC));
        } else if (value instanceof Integer[] numbers) {
            statement.setArray(index, statement.getConnection().createArrayOf("integer", numbers));
        } else if (value instanceof String[] texts) {
            statement.setArray(index, statement.getConnection().createArrayOf("text", texts));
        } else {
            statement.setObject(index, value);
        }
    }
}
