package org.quorate.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import javax.sql.DataSource;
import org.flywaydb.core.api.FlywayException;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Quorate's schema in one database: creates it, updates it, and checks that this program can work with it. Several
 * processes may do so at the same time; a lock in the database lets them run one after the other. Thread-safe.
 */
public final class Schema {
    /** The result of {@code quorate.schema_version()} that this program needs. */
    public static final int REQUIRED_VERSION = 1;

    private static final Set<String> BUILDBOT_VERSIONS =
            Set.of("059", "060", "061", "062", "063", "064", "065", "066", "067");

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final DataSource database;
    private final Duration patience;

    private Schema(DataSource database, Duration patience) {
        this.database = database;
        this.patience = patience;
    }

    /** Returns the schema in the database to which the source connects as the owner. */
    public static Schema of(DataSource database) {
        return new Schema(database, PATIENCE);
    }

    public static Schema of(String jdbcUrl, String user, String password) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(jdbcUrl);
        source.setUser(user);
        source.setPassword(password);
        return of(source);
    }

    /** Waits up to this long for a moment in which no transaction uses Buildbot's tables; the default is 30 s. */
    public Schema patient(Duration patience) {
        return new Schema(database, patience);
    }

    /**
     * Creates or updates the schema; does nothing if it is current. Throws {@link SchemaRefused}.
     *
     * @param cluster the cluster that this database belongs to from now on; a database of another cluster is refused
     * @param standalone true to create also the subset of Buildbot's tables; false to {@link #adopt} Buildbot's own
     */
    public void create(String cluster, boolean standalone) {
        if (standalone) {
            alone(connection -> createStandalone(connection, cluster));
        } else {
            adopt(cluster, true);
        }
    }

    private void createStandalone(Connection connection, String cluster) throws SQLException {
        Questions questions = new Questions(connection);
        BuildbotTables tables = BuildbotTables.of(questions);
        tables.requireUnoccupied();
        if (tables.present() && !tables.standalone()) {
            throw new SchemaRefused("there are tables of Buildbot in this database already: adopt them with"
                    + " `quorate schema adopt`");
        }
        Migrations.ofStandalone(database).apply();
        Migrations.ofQuorate(database, patience).apply();
        found(connection, cluster);
        new Indexes(questions).make();
    }

    /** Throws {@link SchemaRefused} unless Quorate knows Buildbot's tables of this {@code alembic_version}. */
    public static void requireKnownBuildbot(String version) {
        if (!BUILDBOT_VERSIONS.contains(version)) {
            throw new SchemaRefused("Buildbot's tables are of version " + version
                    + ", and Quorate knows 059 (Buildbot 3.7) to 067 (4.3)");
        }
    }

    /** Returns what {@link #adopt} would do, without doing it; may be empty. Throws {@link SchemaRefused}. */
    public List<Step> planAdoption(String cluster, boolean indexes) {
        return asked(connection -> new Adoption(database, connection, patience).plan(cluster, indexes));
    }

    /**
     * Creates or updates the schema beside the tables of a Buildbot, whose columns and rows stay as they are; does
     * nothing if it is current. Throws {@link SchemaRefused}.
     *
     * @param indexes true to create also the partial indexes, without which each claim reads the whole queue
     */
    public void adopt(String cluster, boolean indexes) {
        alone(connection -> new Adoption(database, connection, patience).carryOut(cluster, indexes));
    }

    /** Returns what {@link #leave} would do, without doing it; may be empty. Throws {@link SchemaRefused}. */
    public List<Step> planDeparture() {
        return asked(connection -> new Departure(connection, patience).plan());
    }

    /**
     * Undoes {@link #adopt} and deletes the history. The caller must know that no master uses the schema any more.
     * Throws {@link SchemaRefused}.
     *
     * @param remark the operator and the reason, for the server's log
     */
    public void leave(String remark) {
        alone(connection -> new Departure(connection, patience).carryOut(remark));
    }

    private interface Question<T> {
        T ask(Connection connection) throws SQLException;
    }

    private interface Work {
        void run(Connection connection) throws SQLException;
    }

    private <T> T asked(Question<T> question) {
        try (Connection connection = database.getConnection()) {
            return question.ask(connection);
        } catch (SQLException | FlywayException e) {
            throw refused(e);
        }
    }

    /**
     * Runs the work in one process at a time. It polls for the lock, because a statement that waits for it keeps a
     * snapshot, for which CREATE INDEX CONCURRENTLY in another process waits.
     */
    private void alone(Work work) {
        try (Connection connection = database.getConnection()) {
            Questions questions = new Questions(connection);
            long begin = System.nanoTime();
            while (questions
                    .text("select 1 where pg_try_advisory_lock(hashtext('quorate.schema'))")
                    .isEmpty()) {
                if (System.nanoTime() - begin > patience.toNanos()) {
                    throw new SchemaRefused("another process is at work on the schema of this database");
                }
                QuietMoment.pause();
            }
            work.run(connection);
        } catch (SQLException | FlywayException e) {
            throw refused(e);
        }
    }

    private static SchemaRefused refused(Exception e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SchemaRefused refused) {
                return refused;
            }
        }
        return new SchemaRefused("the schema cannot be made: " + firstLine(e), e);
    }

    /** Returns the version of the schema; empty if there is none. */
    public OptionalInt version() throws SQLException {
        try (Connection connection = database.getConnection()) {
            return version(connection);
        }
    }

    /** Returns why this program and this cluster cannot work with the schema, in one sentence; empty if they can. */
    public Optional<String> check(String cluster) throws SQLException {
        try (Connection connection = database.getConnection()) {
            OptionalInt version = version(connection);
            if (version.isEmpty()) {
                return Optional.of("this database has no Quorate schema: make it with `quorate schema adopt` or"
                        + " `quorate schema create --standalone`");
            }
            if (version.getAsInt() < REQUIRED_VERSION) {
                return Optional.of("the Quorate schema is of version " + version.getAsInt() + " and this program needs "
                        + REQUIRED_VERSION + ": update it as it was made, with `quorate schema adopt` or"
                        + " `quorate schema create --standalone`");
            }
            if (version.getAsInt() > REQUIRED_VERSION) {
                return Optional.of("the Quorate schema is of version " + version.getAsInt() + " and this program knows "
                        + REQUIRED_VERSION + " only: update the program");
            }
            return checkCluster(new Questions(connection), cluster);
        }
    }

    private static OptionalInt version(Connection connection) throws SQLException {
        Questions questions = new Questions(connection);
        if (questions
                .text("select to_regprocedure('quorate.schema_version()')::text")
                .isEmpty()) {
            return OptionalInt.empty();
        }
        return questions
                .text("select quorate.schema_version()::text")
                .map(Integer::parseInt)
                .map(OptionalInt::of)
                .orElseGet(OptionalInt::empty);
    }

    private static Optional<String> checkCluster(Questions questions, String cluster) throws SQLException {
        Optional<String> name = questions.text("select name from quorate.cluster");
        if (name.isEmpty()) {
            return Optional.of("this database names no cluster yet: name it with `quorate schema adopt` or"
                    + " `quorate schema create --standalone`");
        }
        return name.filter(other -> !other.equals(cluster))
                .map(other -> "this database belongs to the cluster " + other + ", not to " + cluster);
    }

    /** Throws {@link SchemaRefused} if the database belongs to another cluster; one without a name yet passes. */
    static void requireCluster(Questions questions, String cluster) throws SQLException {
        if (questions.text("select to_regclass('quorate.cluster')::text").isPresent()
                && questions.text("select name from quorate.cluster").isPresent()) {
            Optional<String> objection = checkCluster(questions, cluster);
            if (objection.isPresent()) {
                throw new SchemaRefused(objection.get());
            }
        }
    }

    /** Records the cluster's name in the database, unless it has one. */
    static void found(Connection connection, String cluster) throws SQLException {
        String found = Statements.named("cluster/found").replace(":name", "?");
        try (PreparedStatement statement = connection.prepareStatement(found)) {
            statement.setString(1, cluster);
            statement.execute();
        }
        requireCluster(new Questions(connection), cluster);
    }

    static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).strip().lines().findFirst().orElse(e.toString());
    }
}
