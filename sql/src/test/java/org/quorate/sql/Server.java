package org.quorate.sql;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.quorate.embedded.EmbeddedPostgres;

/** One PostgreSQL for all tests of this process, without fsync, and a fresh database for whoever asks. */
final class Server {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private Server() {}

    private static final class Lazy {
        static final EmbeddedPostgres POSTGRES = EmbeddedPostgres.builder()
                .setting("fsync", "off")
                .setting("synchronous_commit", "off")
                .setting("full_page_writes", "off")
                .start();
    }

    static EmbeddedPostgres postgres() {
        return Lazy.POSTGRES;
    }

    static DataSource emptyDatabase() throws SQLException {
        String name = "sql" + NUMBER.incrementAndGet();
        postgres().createDatabase(name);
        return postgres().dataSource(name);
    }

    /** A database with the standalone tables and the private schema. */
    static synchronized DataSource database() throws SQLException {
        String name = "sql" + NUMBER.incrementAndGet();
        execute(postgres().dataSource("postgres"), "create database " + name + " template " + Template.name());
        return postgres().dataSource(name);
    }

    private static final class Template {
        private static final String NAME = "template_sql";

        static {
            postgres().createDatabase(NAME);
            Schema.of(postgres().dataSource(NAME)).create("test", true);
        }

        static String name() {
            return NAME;
        }
    }

    /** A database with Buildbot's own tables, of 3.7. */
    static DataSource buildbotDatabase() throws SQLException {
        DataSource database = emptyDatabase();
        execute(database, resource("/buildbot-3.7.0.sql"));
        return database;
    }

    /** A database with Buildbot's own tables, of 3.7, that Quorate has adopted. */
    static synchronized DataSource adoptedDatabase() throws SQLException {
        String name = "sql" + NUMBER.incrementAndGet();
        execute(postgres().dataSource("postgres"), "create database " + name + " template " + Adopted.name());
        return postgres().dataSource(name);
    }

    private static final class Adopted {
        private static final String NAME = "template_adopted";

        static {
            postgres().createDatabase(NAME);
            try {
                execute(postgres().dataSource(NAME), resource("/buildbot-3.7.0.sql"));
            } catch (SQLException e) {
                throw new ExceptionInInitializerError(e);
            }
            Schema.of(postgres().dataSource(NAME)).adopt("test", true);
        }

        static String name() {
            return NAME;
        }
    }

    /**
     * A database as a site has it: Buildbot's tables belong to the role {@code buildbot}, which has no rights on
     * Quorate's schemas; those belong to {@code site}, a member of {@code buildbot}, which adopted the database.
     */
    static synchronized DataSource siteDatabase() throws SQLException {
        String name = "sql" + NUMBER.incrementAndGet();
        execute(postgres().dataSource("postgres"), "create database " + name + " template " + Site.name());
        return postgres().dataSource(name);
    }

    private static final class Site {
        private static final String NAME = "template_site";

        static {
            postgres().createDatabase(NAME);
            DataSource database = postgres().dataSource(NAME);
            try {
                makeRole("buildbot");
                makeRole("site");
                execute(
                        database,
                        "grant buildbot to site; grant create on database " + NAME + " to site;"
                                + " grant all on schema public to buildbot");
                execute(as("buildbot", database), resource("/buildbot-3.7.0.sql"));
            } catch (SQLException e) {
                throw new ExceptionInInitializerError(e);
            }
            Schema.of(as("site", database)).adopt("test", true);
        }

        static String name() {
            return NAME;
        }
    }

    /** A role of the server that all tests share; its password is its name. */
    static synchronized void makeRole(String name) throws SQLException {
        DataSource server = postgres().dataSource("postgres");
        if (text(server, "select 1 from pg_roles where rolname = '" + name + "'")
                .equals("nothing")) {
            execute(server, "create role " + name + " login password '" + name + "'");
        }
    }

    static PGSimpleDataSource as(String role, DataSource database) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(((PGSimpleDataSource) database).getUrl());
        source.setUser(role);
        source.setPassword(role);
        return source;
    }

    static String resource(String name) {
        try (var in = Server.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void drop(DataSource database) throws SQLException {
        String name = ((PGSimpleDataSource) database).getDatabaseName();
        execute(postgres().dataSource("postgres"), "drop database " + name + " with (force)");
    }

    static void execute(DataSource database, String sql) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The first column of each row. */
    static List<String> texts(DataSource database, String query) throws SQLException {
        List<String> texts = new ArrayList<>();
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                var result = statement.executeQuery(query)) {
            while (result.next()) {
                texts.add(String.valueOf(result.getString(1)));
            }
        }
        return texts;
    }

    static String text(DataSource database, String query) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                var result = statement.executeQuery(query)) {
            return result.next() ? String.valueOf(result.getString(1)) : "nothing";
        }
    }
}
