package org.quorate.demo.cluster;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.quorate.sql.Statements;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The demo's view of the database: one session, named statements, rows by column. One thread. */
public final class Ledger implements AutoCloseable {
    /** Text that may contain a colon and is no parameter, or else a parameter. */
    private static final Pattern PART = Pattern.compile("--[^\\n]*|'(?:[^']|'')*'|::|:([a-z_]+)");

    private static final Logger LOG = LoggerFactory.getLogger(Ledger.class);

    private final Connection connection;

    private Ledger(Connection connection) {
        this.connection = connection;
    }

    public static Ledger open(DataSource database) {
        try {
            return new Ledger(database.getConnection());
        } catch (SQLException e) {
            throw failed("the demo's own PostgreSQL", e);
        }
    }

    /** One row of a result. */
    public record Row(Map<String, @Nullable Object> columns) {
        public int number(String column) {
            return columns.get(column) instanceof Number number ? number.intValue() : 0;
        }

        public long large(String column) {
            return columns.get(column) instanceof Number number ? number.longValue() : 0;
        }

        public Optional<Double> seconds(String column) {
            return columns.get(column) instanceof Number number ? Optional.of(number.doubleValue()) : Optional.empty();
        }

        public String text(String column) {
            Object value = columns.get(column);
            return value == null ? "" : value.toString();
        }

        public boolean is(String column) {
            return Boolean.TRUE.equals(columns.get(column));
        }

        UUID uuid(String column) {
            return UUID.fromString(text(column));
        }
    }

    /** Returns the time of the database's clock. */
    public OffsetDateTime now() {
        try (PreparedStatement statement = connection.prepareStatement(Statements.named("demo/now"));
                ResultSet result = statement.executeQuery()) {
            result.next();
            return result.getObject(1, OffsetDateTime.class);
        } catch (SQLException e) {
            throw failed("demo/now", e);
        }
    }

    public Row row(String name, Map<String, ? extends @Nullable Object> parameters) {
        return rows(name, parameters).get(0);
    }

    public List<Row> rows(String name) {
        return rows(name, Map.of());
    }

    public List<Row> rows(String name, Map<String, ? extends @Nullable Object> parameters) {
        List<String> names = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(positional(Statements.named(name), names))) {
            for (int i = 0; i < names.size(); i++) {
                bind(statement, i + 1, parameters.get(names.get(i)));
            }
            try (ResultSet result = statement.executeQuery()) {
                return read(result);
            }
        } catch (SQLException e) {
            throw failed(name, e);
        }
    }

    /** Runs queries in one snapshot, in which nothing can be written. */
    public <T> T snapshot(Supplier<T> reads) {
        try {
            connection.setReadOnly(true);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            try {
                return inTransaction(reads);
            } finally {
                connection.setReadOnly(false);
                connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            }
        } catch (SQLException e) {
            throw failed("a snapshot", e);
        }
    }

    private <T> T inTransaction(Supplier<T> reads) throws SQLException {
        connection.setAutoCommit(false);
        try {
            T result = reads.get();
            connection.commit();
            return result;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    public static String positional(String source, List<String> names) {
        Matcher matcher = PART.matcher(source);
        StringBuilder text = new StringBuilder();
        while (matcher.find()) {
            String name = matcher.group(1);
            if (name != null) {
                names.add(name);
            }
            String kept = matcher.group().startsWith("--") ? "" : matcher.group();
            matcher.appendReplacement(text, name == null ? Matcher.quoteReplacement(kept) : "?");
        }
        return matcher.appendTail(text).toString();
    }

    private static void bind(PreparedStatement statement, int index, @Nullable Object value) throws SQLException {
        if (value == null) {
            statement.setNull(index, Types.OTHER);
        } else {
            statement.setObject(index, value);
        }
    }

    private static List<Row> read(ResultSet result) throws SQLException {
        ResultSetMetaData columns = result.getMetaData();
        List<Row> rows = new ArrayList<>();
        while (result.next()) {
            Map<String, @Nullable Object> values = new HashMap<>();
            for (int i = 1; i <= columns.getColumnCount(); i++) {
                values.put(columns.getColumnLabel(i), result.getObject(i));
            }
            rows.add(new Row(values));
        }
        return rows;
    }

    private static DemoFailed failed(String what, SQLException e) {
        return new DemoFailed(
                what + " failed: "
                        + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
                e);
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.debug("the server is stopped next in any case", e);
        }
    }
}
