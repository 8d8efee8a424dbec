package org.quorate.faults;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Supplier;

/**
 * The harness's own view of the database, without any proxy in between. Each query has a session of its own.
 * Thread-safe.
 *
 * @param url read at each connection, since the server may be another one after a failover
 * @param patience how long a query is repeated while the server is away
 */
record Ledger(Supplier<String> url, String user, String password, Duration patience) {
    /**
     * Returns the rows of a result, by column, as text; null becomes the empty text. Only for queries that may be
     * repeated.
     */
    public List<Map<String, String>> rows(String sql, Object... parameters) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            try {
                return once(sql, parameters);
            } catch (SQLException e) {
                if (System.nanoTime() - deadline > 0) {
                    throw new IllegalStateException(sql + ": " + e.getMessage(), e);
                }
                Pause.millis(200);
            }
        }
    }

    /** Runs a statement once, without repetition: after an error its outcome is unknown. */
    List<Map<String, String>> once(String sql, Object... parameters) throws SQLException {
        try (Connection connection = connect();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            if (!statement.execute()) {
                return List.of();
            }
            try (ResultSet result = statement.getResultSet()) {
                return read(result);
            }
        }
    }

    private static List<Map<String, String>> read(ResultSet result) throws SQLException {
        List<Map<String, String>> rows = new ArrayList<>();
        while (result.next()) {
            Map<String, String> row = new LinkedHashMap<>();
            for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                String value = result.getString(i);
                row.put(result.getMetaData().getColumnLabel(i), value == null ? "" : value);
            }
            rows.add(row);
        }
        return rows;
    }

    /** Returns the first value of the first row; empty if there is none. */
    String value(String sql, Object... parameters) {
        return rows(sql, parameters).stream()
                .flatMap(row -> row.values().stream())
                .findFirst()
                .orElse("");
    }

    long number(String sql, Object... parameters) {
        return Long.parseLong(value(sql, parameters));
    }

    Connection connect() throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        properties.setProperty("connectTimeout", "5");
        properties.setProperty("loginTimeout", "5");
        properties.setProperty("socketTimeout", "30");
        properties.setProperty("ApplicationName", "campaign");
        return DriverManager.getConnection(url.get(), properties);
    }
}
