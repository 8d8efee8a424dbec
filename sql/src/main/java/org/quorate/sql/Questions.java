package org.quorate.sql;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs statements without parameters on one connection. One thread. */
record Questions(Connection connection) {
    /** Maps one row. */
    interface Reader<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** Returns the rows of a named statement. */
    <T> List<T> rows(String name, Reader<T> reader) throws SQLException {
        return list(Statements.named(name), reader);
    }

    /** Returns the first column of the first row; empty if there is no row or the value is null. */
    Optional<String> text(String query) throws SQLException {
        return list(query, row -> Optional.ofNullable(row.getString(1))).stream()
                .findFirst()
                .flatMap(value -> value);
    }

    private <T> List<T> list(String query, Reader<T> reader) throws SQLException {
        List<T> rows = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            while (result.next()) {
                rows.add(reader.read(result));
            }
        }
        return rows;
    }

    void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
