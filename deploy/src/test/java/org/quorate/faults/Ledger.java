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
 * The harness's own view of the database, past all proxies: each question in a session of its own. Thread-safe.
 *
 * @param url asked for at each connection, since the server may be another after a failover
 * @param patience how long a question is asked again while the server is away
 */
record Ledger(Supplier<String> url, String user, String password, Duration patience) {
    /** The rows of an answer, by column, as text; null is the empty text. Only for what may be asked twice. */
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

    /** Asked once: the outcome of a failure is unknown. */
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

    /** The first value of the first row, empty where there is none. */
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
