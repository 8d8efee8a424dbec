package org.quorate.cli.connection;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.Row;
import org.quorate.config.Secret;
import org.quorate.postgres.SessionFacts;
import org.quorate.postgres.Sessions;
import org.quorate.sql.Schema;

/**
 * One connection to the database for one run of the command. Every failure becomes a {@link Failure} with a message of
 * what failed, where, and how to mend it. One thread.
 */
public final class Session implements AutoCloseable {
    /** The command that makes or updates the schema. */
    public static final String MAKING =
            "quorate schema adopt --cluster NAME, or, without Buildbot, quorate schema create --standalone --cluster"
                    + " NAME";

    private Target target;
    private final Connection connection;
    private final SessionFacts facts;

    private Session(Target target, Connection connection, SessionFacts facts) {
        this.target = target;
        this.connection = connection;
        this.facts = facts;
    }

    /** Connects, and requires a schema of the version that this program needs and of the target cluster. */
    public static Session open(Target target, Duration patience) {
        Session session = connect(target, patience);
        try {
            session.requireSchema();
            return session;
        } catch (Failure e) {
            session.close();
            throw e;
        }
    }

    /** Connects without a check of the schema. */
    public static Session connect(Target target, Duration patience) {
        String url = target.url()
                .orElseThrow(() ->
                        Failure.usage("no database is named: give --database jdbc:postgresql://host:5432/name, set"
                                + " QUORATE_DATABASE_URL, or write a context into ~/.config/quorate/config.yaml"));
        AtomicReference<SessionFacts> facts = new AtomicReference<>();
        Sessions sessions =
                Sessions.ofCommand(url, target.user(), target.password().map(Secret::reveal), patience, facts::set);
        try {
            Connection connection = sessions.getConnection();
            return new Session(target, connection, Objects.requireNonNull(facts.get()));
        } catch (SQLException e) {
            throw DatabaseFailure.of(e, target);
        }
    }

    public void requireSchema() {
        Row there = row("cli/presence", Map.of());
        if (!there.is("private_schema") || !there.is("public_contract")) {
            throw new Failure(
                    Exit.PRECONDITION,
                    "the database at " + target.place() + " has no Quorate schema"
                            + (there.is("private_schema") ? " of this version" : "")
                            + ": make it with " + MAKING);
        }
        Row cluster = find("cli/cluster", Map.of())
                .orElseThrow(() -> new Failure(
                        Exit.PRECONDITION,
                        "the database at " + target.place() + " belongs to no cluster yet: name one with " + MAKING));
        long version = cluster.number("schema_version");
        if (version != Schema.REQUIRED_VERSION) {
            throw new Failure(
                    Exit.PRECONDITION,
                    "the Quorate schema at " + target.place() + " has version " + version + ", and this program needs "
                            + Schema.REQUIRED_VERSION + ": "
                            + (version > Schema.REQUIRED_VERSION ? "update the program" : "update it with " + MAKING));
        }
        String name = cluster.text("name");
        if (target.cluster().filter(wanted -> !wanted.equals(name)).isPresent()) {
            throw new Failure(
                    Exit.REFUSED,
                    "the database at " + target.place() + " belongs to the cluster " + name + ", not to "
                            + target.cluster().get() + ": check --database and --cluster, or the context");
        }
        target = target.withCluster(name);
    }

    /** Returns the target; after {@link #requireSchema} with the cluster's name from the database. */
    public Target target() {
        return target;
    }

    /** Returns what this session is connected to. */
    public SessionFacts facts() {
        return facts;
    }

    public List<Row> rows(String statement, Map<String, ? extends @Nullable Object> parameters) {
        return guarded(() -> NamedStatement.of(statement).rows(connection, parameters));
    }

    /** Returns the rows, at most as many as {@code most}. */
    public List<Row> rows(String statement, Map<String, ? extends @Nullable Object> parameters, int most) {
        return guarded(() -> NamedStatement.of(statement).rows(connection, parameters, most));
    }

    /** Passes the rows on one by one. Only within {@link #snapshot} are they not all held in memory. */
    public void each(String statement, Map<String, ? extends @Nullable Object> parameters, Consumer<Row> reader) {
        guarded(() -> {
            NamedStatement.of(statement).each(connection, parameters, reader);
            return true;
        });
    }

    public Optional<Row> find(String statement, Map<String, ? extends @Nullable Object> parameters) {
        return rows(statement, parameters).stream().findFirst();
    }

    public Row row(String statement, Map<String, ? extends @Nullable Object> parameters) {
        return find(statement, parameters).orElseThrow(() -> new IllegalStateException(statement + " returned no row"));
    }

    /** Returns the time of the database's clock, by which ages are counted. */
    public Instant now() {
        Instant now = row("cli/now", Map.of()).time("now");
        return now == null ? Instant.EPOCH : now;
    }

    /** Runs the work in one transaction; with {@code keep} false, it is rolled back after everything was tried. */
    public <T> T transaction(boolean keep, Supplier<T> work) {
        return guarded(() -> {
            connection.setAutoCommit(false);
            try {
                T result = work.get();
                if (keep) {
                    connection.commit();
                }
                return result;
            } finally {
                end();
            }
        });
    }

    /** Rolls back what was not committed. On a broken connection there is nothing left to roll back. */
    private void end() {
        try {
            connection.rollback();
            connection.setAutoCommit(true);
        } catch (SQLException e) {
            // the failure that broke the connection is already on its way to the caller
        }
    }

    /** Runs several statements on one snapshot. None of them may change anything. */
    public <T> T snapshot(Supplier<T> work) {
        return guarded(() -> {
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            connection.setReadOnly(true);
            return transaction(false, work);
        });
    }

    /** From now on a notification on this channel ends {@link #awaitHint}. */
    public void listen(String channel) {
        guarded(() -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute("listen " + statement.enquoteIdentifier(channel, true));
                return true;
            }
        });
    }

    /** Returns at a notification, or after this time. */
    public void awaitHint(Duration longest) {
        guarded(() -> connection.unwrap(PGConnection.class).getNotifications((int) Math.max(1, longest.toMillis())));
    }

    /** Work that may fail with an {@link SQLException}. */
    private interface Guarded<T> {
        T run() throws SQLException;
    }

    private <T> T guarded(Guarded<T> work) {
        try {
            return work.run();
        } catch (SQLException e) {
            throw DatabaseFailure.of(e, target);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            // nothing is lost: what had to be kept was committed
        }
    }
}
