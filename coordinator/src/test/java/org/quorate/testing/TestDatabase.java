package org.quorate.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.quorate.embedded.EmbeddedPostgres;
import org.quorate.sql.Schema;
import org.quorate.sql.Statements;

/**
 * A fresh database on the server that all tests of this process share, copied from a template. {@link #close} drops it
 * and ends all its connections. Thread-safe.
 */
public final class TestDatabase implements AutoCloseable {
    /** The cluster to which every test database belongs. */
    public static final String CLUSTER = "test";

    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final EmbeddedPostgres server;
    private final String name;

    private final boolean ownServer;

    private TestDatabase(EmbeddedPostgres server, String name, boolean ownServer) {
        this.server = server;
        this.name = name;
        this.ownServer = ownServer;
    }

    /** The server. The first test that needs it starts it, and it stops when this process ends in any way. */
    private static final class Shared {
        static final EmbeddedPostgres SERVER = EmbeddedPostgres.builder()
                .setting("fsync", "off")
                .setting("synchronous_commit", "off")
                .setting("full_page_writes", "off")
                .setting("max_connections", "200")
                .start();
    }

    /** A filled database, made when the first test needs it: a copy takes a tenth of the time. */
    private enum Template {
        STANDALONE(database -> Schema.of(database.dataSource()).create(CLUSTER, true)),
        BUILDBOT(database -> database.execute(resource("buildbot-3.7.0.sql"))),
        ADOPTED(database -> {
            database.execute(resource("buildbot-3.7.0.sql"));
            Schema.of(database.dataSource()).adopt(CLUSTER, true);
        });

        private final Consumer<TestDatabase> fill;
        private @Nullable TestDatabase filled;

        Template(Consumer<TestDatabase> fill) {
            this.fill = fill;
        }

        /** Copies one at a time, so that no copy meets another's connection to the template. */
        synchronized TestDatabase copy() {
            if (filled == null) {
                filled = empty();
                fill.accept(filled);
                run(Shared.SERVER.dataSource("postgres"), "alter database " + filled.name + " allow_connections false");
            }
            TestDatabase copy = copyOf(filled);
            if (this != BUILDBOT) {
                copy.execute("update quorate.cluster c set database_uuid = gen_random_uuid(),"
                        + " database_oid = h.database_oid from quorate.here() h");
            }
            return copy;
        }
    }

    /** Creates a database with the standalone tables and the private schema. */
    public static TestDatabase fresh() {
        return Template.STANDALONE.copy();
    }

    /**
     * Creates a copy of another database as it is now, as a standby would have it. Nobody may be connected to the other
     * one.
     */
    public static TestDatabase copyOf(TestDatabase other) {
        String name = nextName();
        run(other.server.dataSource("postgres"), "create database " + name + " template " + other.name);
        return new TestDatabase(other.server, name, false);
    }

    /** Creates a database without any tables. */
    public static TestDatabase empty() {
        TestDatabase database = new TestDatabase(Shared.SERVER, nextName(), false);
        database.server.createDatabase(database.name);
        return database;
    }

    /** Creates a database with the tables of Buildbot 3.7 and nothing else. */
    public static TestDatabase buildbot() {
        return Template.BUILDBOT.copy();
    }

    /** Upgrades Buildbot's tables from 3.7 to 4.3, as its own upgrade would. */
    public void updateBuildbot() {
        execute(resource("buildbot-4.3-changes.sql"));
    }

    /** Creates a database with the tables of Buildbot 3.7, adopted by Quorate. */
    public static TestDatabase adopted() {
        return Template.ADOPTED.copy();
    }

    private static String resource(String name) {
        try (InputStream in = TestDatabase.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Creates a database on a new server, which is as durable as in production. The test may stop, kill and restart the
     * server; {@link #close} ends it.
     */
    public static TestDatabase onOwnServer() {
        EmbeddedPostgres server = EmbeddedPostgres.builder().start();
        TestDatabase database = new TestDatabase(server, nextName(), true);
        server.createDatabase(database.name);
        Schema.of(database.dataSource()).create(CLUSTER, true);
        return database;
    }

    public EmbeddedPostgres server() {
        return server;
    }

    public String name() {
        return name;
    }

    /** Returns the URL without user and password. */
    public String url() {
        return server.jdbcUrl(name);
    }

    public String user() {
        return server.user();
    }

    public String password() {
        return server.password();
    }

    /** Returns a data source that opens a new connection for each call; not a pool. */
    public DataSource dataSource() {
        return server.dataSource(name);
    }

    /** Runs SQL without parameters; several statements are allowed. */
    public void execute(String sql) {
        run(dataSource(), sql);
    }

    /** Returns the first column of the first row as text, "null" for null. Fails if there is no row. */
    public String text(String query) {
        try (Connection connection = dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            if (!result.next()) {
                throw new AssertionError("no row: " + query);
            }
            return String.valueOf(result.getString(1));
        } catch (SQLException e) {
            throw new AssertionError(query + ": " + e.getMessage(), e);
        }
    }

    public long number(String query) {
        return Long.parseLong(text(query));
    }

    /** Returns what {@code quorate verify} would find: every violation of I1 to I9, in one snapshot. */
    public List<String> violations() {
        List<String> violations = new ArrayList<>();
        try (Connection connection = dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            connection.setReadOnly(true);
            connection.setAutoCommit(false);
            for (int i = 1; i <= 9; i++) {
                String check = Statements.named("verify/i" + i)
                        .replace(":since", "null")
                        .replace(":until", "null");
                try (ResultSet found = statement.executeQuery(check)) {
                    while (found.next()) {
                        violations.add("I" + i + ": " + found.getString("what"));
                    }
                }
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
        return violations;
    }

    @Override
    public void close() {
        if (ownServer) {
            server.close();
        } else {
            run(server.dataSource("postgres"), "drop database if exists " + name + " with (force)");
        }
    }

    private static String nextName() {
        return "test" + NUMBER.incrementAndGet();
    }

    private static void run(DataSource database, String sql) {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new AssertionError(sql + ": " + e.getMessage(), e);
        }
    }
}
