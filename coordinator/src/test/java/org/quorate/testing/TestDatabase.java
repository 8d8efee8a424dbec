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
import javax.sql.DataSource;
import org.quorate.embedded.EmbeddedPostgres;
import org.quorate.sql.Schema;
import org.quorate.sql.Statements;

/**
 * A fresh database with the standalone tables and the private schema, copied from a template on the one server that all
 * tests of this process share; {@link #close} drops it, with whoever is connected. Thread-safe.
 */
public final class TestDatabase implements AutoCloseable {
    /** The cluster that every test database belongs to. */
    public static final String CLUSTER = "test";

    private static final String TEMPLATE = "quorate_template";
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final EmbeddedPostgres server;
    private final String name;

    private final boolean ownServer;

    private TestDatabase(EmbeddedPostgres server, String name, boolean ownServer) {
        this.server = server;
        this.name = name;
        this.ownServer = ownServer;
    }

    /** Started by the first test that needs it; it stops with this process, whatever ends it. */
    private static final class Shared {
        static final EmbeddedPostgres SERVER = EmbeddedPostgres.builder()
                .setting("fsync", "off")
                .setting("synchronous_commit", "off")
                .setting("full_page_writes", "off")
                .setting("max_connections", "200")
                .start();

        static {
            makeTemplate(SERVER);
        }
    }

    /** On the server that all tests of this process share: nobody may stop it. */
    public static TestDatabase fresh() {
        return copy(Shared.SERVER);
    }

    /** What another one holds now, as a standby would have it; nobody may be connected to that one. */
    public static TestDatabase copyOf(TestDatabase other) {
        String name = nextName();
        run(other.server.dataSource("postgres"), "create database " + name + " template " + other.name);
        return new TestDatabase(other.server, name, false);
    }

    /** Without any tables. */
    public static TestDatabase empty() {
        TestDatabase database = new TestDatabase(Shared.SERVER, nextName(), false);
        database.server.createDatabase(database.name);
        return database;
    }

    /** With the tables that Buildbot 3.7 makes, and nothing else. */
    public static TestDatabase buildbot() {
        TestDatabase database = empty();
        database.execute(resource("buildbot-3.7.0.sql"));
        return database;
    }

    /** Brings Buildbot's tables from 3.7 to 4.3, as its own updates would. */
    public void updateBuildbot() {
        execute(resource("buildbot-4.3-changes.sql"));
    }

    /** With the tables that Buildbot 3.7 makes, adopted by Quorate. */
    public static TestDatabase adopted() {
        TestDatabase database = buildbot();
        Schema.of(database.dataSource()).adopt(CLUSTER, true);
        return database;
    }

    private static String resource(String name) {
        try (InputStream in = TestDatabase.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** On a new server that is as durable as in earnest; the test may stop, kill and restart it, {@link #close} ends it. */
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

    /** Without user and password. */
    public String url() {
        return server.jdbcUrl(name);
    }

    public String user() {
        return server.user();
    }

    public String password() {
        return server.password();
    }

    /** A new connection for each one asked for; not a pool. */
    public DataSource dataSource() {
        return server.dataSource(name);
    }

    /** Runs SQL without parameters, several statements if there are. */
    public void execute(String sql) {
        run(dataSource(), sql);
    }

    /** The first column of the first row as text, "null" for null; fails when there is no row. */
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

    /** What {@code quorate verify} would find: every violation of I1 to I9, in one snapshot. */
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

    /** One at a time, so that no copy meets another's connection to the template. */
    private static synchronized TestDatabase copy(EmbeddedPostgres server) {
        String name = nextName();
        run(server.dataSource("postgres"), "create database " + name + " template " + TEMPLATE);
        return new TestDatabase(server, name, false);
    }

    private static void makeTemplate(EmbeddedPostgres server) {
        server.createDatabase(TEMPLATE);
        Schema.of(server.dataSource(TEMPLATE)).create(CLUSTER, true);
        run(server.dataSource("postgres"), "alter database " + TEMPLATE + " with allow_connections false");
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
