package org.quorate.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jdbi.v3.core.ConnectionException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.SqlStatements;
import org.jdbi.v3.core.statement.StatementExceptions;
import org.jdbi.v3.core.statement.TemplateEngine;
import org.jdbi.v3.postgres.PostgresPlugin;
import org.jspecify.annotations.Nullable;
import org.quorate.failpoint.Failpoint;
import org.quorate.master.DatabaseUnreachable;
import org.quorate.master.UnknownOutcome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pool of sessions to the shared database, and the only place where a transaction begins, commits and fails. It can
 * start while PostgreSQL is down, and it survives restarts of PostgreSQL. It distinguishes three outcomes: committed,
 * certainly not committed ({@link DatabaseUnreachable}), and unknown ({@link UnknownOutcome}). Thread-safe.
 */
public final class PostgresDatabase implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresDatabase.class);
    private static final int ATTEMPTS_AT_A_DEADLOCK = 5;
    /** HikariCP's least; only an {@link #onDemand} pool ever has sessions that may be idle. */
    private static final int IDLE_MILLIS = 10_000;

    private static final Set<String> TRY_AGAIN = Set.of("40001", "40P01");
    /** A lock or a statement exceeded its timeout: the server runs and changed nothing. */
    private static final Set<String> NOT_IN_TIME = Set.of("55P03", "57014");
    /** The server lacks sessions, memory, or disk space. */
    private static final String NO_RESOURCES = "53";
    /** The server is a standby, or a primary that was demoted and still answers. */
    private static final String READ_ONLY = "25006";

    private static final String NO_SUCH_DATABASE = "3D000";
    private static final String WRONG_LOGIN = "28";

    private final HikariDataSource pool;
    private final Sessions sessions;
    private final Jdbi jdbi;
    private volatile boolean answers;

    private PostgresDatabase(HikariDataSource pool, Sessions sessions) {
        this.pool = pool;
        this.sessions = sessions;
        this.jdbi = Jdbi.create(pool).installPlugin(new PostgresPlugin());
        jdbi.getConfig(SqlStatements.class).setTemplateEngine(TemplateEngine.NOP);
        jdbi.getConfig(StatementExceptions.class).setMessageRendering(StatementExceptions.MessageRendering.NONE);
    }

    /**
     * Opens the pool; does not wait for the server.
     *
     * @param applicationName identifies the sessions in {@code pg_stat_activity}; at most 63 bytes
     */
    public static PostgresDatabase open(DatabaseSettings settings, String applicationName) {
        return open(settings, applicationName, settings.sessions());
    }

    /** Opens a pool that keeps no session while none is used; otherwise like {@link #open}. */
    public static PostgresDatabase onDemand(DatabaseSettings settings, String applicationName) {
        return open(settings, applicationName, 0);
    }

    private static PostgresDatabase open(DatabaseSettings settings, String applicationName, int idle) {
        Sessions sessions = Sessions.ofAgent(settings, applicationName);
        HikariConfig config = new HikariConfig();
        config.setDataSource(sessions);
        config.setPoolName(applicationName);
        config.setMaximumPoolSize(settings.sessions());
        config.setMinimumIdle(idle);
        if (idle < settings.sessions()) {
            config.setIdleTimeout(IDLE_MILLIS);
        }
        config.setConnectionTimeout(Math.max(250, settings.statementTimeout().toMillis() / 2));
        config.setValidationTimeout(Math.max(250, settings.statementTimeout().toMillis() / 4));
        config.setKeepaliveTime(0);
        config.setMaxLifetime(600_000);
        config.setInitializationFailTimeout(-1);
        config.setAutoCommit(true);
        return new PostgresDatabase(new HikariDataSource(config), sessions);
    }

    /** Ends all sessions, each when its transaction ends, so that new ones are opened and checked. Any thread. */
    public void renewSessions() {
        pool.getHikariPoolMXBean().softEvictConnections();
    }

    /** Returns whether the server answered the last call. */
    public boolean answers() {
        return answers;
    }

    /**
     * Runs one transaction. It is tried again a few times after a deadlock or a serialization failure, and after
     * nothing else.
     */
    <T> T transaction(Function<Transaction, T> work) {
        for (int attempt = 1; ; attempt++) {
            try {
                return once(work);
            } catch (JdbiException e) {
                if (attempt == ATTEMPTS_AT_A_DEADLOCK || !TRY_AGAIN.contains(sqlState(e))) {
                    throw translated(e);
                }
                LOG.debug("trying again after {}", sqlState(e));
            }
        }
    }

    private <T> T once(Function<Transaction, T> work) {
        try (Handle handle = jdbi.open()) {
            handle.begin();
            T result = attempted(handle, work);
            commit(handle);
            Failpoint.COMMITTED.reached();
            answers = true;
            return result;
        }
    }

    private static <T> T attempted(Handle handle, Function<Transaction, T> work) {
        try {
            return work.apply(new Transaction(handle));
        } catch (RuntimeException e) {
            rollBack(handle);
            throw e;
        }
    }

    private static void rollBack(Handle handle) {
        try {
            handle.rollback();
        } catch (RuntimeException e) {
            LOG.debug("the connection broke before the rollback; the server rolls back by itself", e);
        }
    }

    private static void commit(Handle handle) {
        try {
            handle.commit();
        } catch (JdbiException e) {
            if (isConnectionLoss(e)) {
                throw new UnknownOutcome("the connection broke during COMMIT: " + reason(e), e);
            }
            throw e;
        }
    }

    /** Runs one statement outside a transaction. */
    <T> T read(Function<Transaction, T> work) {
        try (Handle handle = jdbi.open()) {
            T result = work.apply(new Transaction(handle));
            answers = true;
            return result;
        } catch (JdbiException e) {
            throw translated(e);
        }
    }

    private RuntimeException translated(JdbiException e) {
        if (e instanceof ConnectionException) {
            return noSession(e);
        }
        if (sqlState(e).startsWith(NO_RESOURCES)) {
            answers = false;
            return new DatabaseUnreachable("PostgreSQL lacks a resource: " + reason(e), e);
        }
        if (isConnectionLoss(e)) {
            answers = false;
            return new DatabaseUnreachable("PostgreSQL is unreachable: " + reason(e), e);
        }
        if (NOT_IN_TIME.contains(sqlState(e))) {
            return new DatabaseUnreachable("PostgreSQL did not answer in time: " + reason(e), e, true);
        }
        if (READ_ONLY.equals(sqlState(e))) {
            answers = false;
            return new DatabaseUnreachable("PostgreSQL takes no writes, it is no primary: " + reason(e), e);
        }
        return e;
    }

    /**
     * Returns why the pool has no session. The pool's own message varies with each millisecond and lacks the cause, so
     * the message is made of the last attempt to open a session.
     */
    DatabaseUnreachable noSession(Exception e) {
        answers = false;
        Optional<SQLException> failure = sessions.failure();
        if (failure.isEmpty()) {
            return new DatabaseUnreachable("PostgreSQL is unreachable: " + sessions.progress(), e);
        }
        String state = String.valueOf(failure.get().getSQLState());
        String why = String.valueOf(failure.get().getMessage());
        if (state.startsWith(WRONG_LOGIN)) {
            return new DatabaseUnreachable(
                    "PostgreSQL refuses this user: " + why
                            + "; check database.user, database.password_file and the server's pg_hba.conf",
                    e);
        }
        if (state.equals(NO_SUCH_DATABASE)) {
            return new DatabaseUnreachable("PostgreSQL refuses the session: " + why + "; check database.url", e);
        }
        if (state.startsWith(NO_RESOURCES)) {
            return new DatabaseUnreachable("PostgreSQL lacks a resource: " + why, e);
        }
        return new DatabaseUnreachable(
                (Refusals.isAnswer(failure.get())
                                ? "PostgreSQL gives no session that can be used: "
                                : "PostgreSQL is unreachable: ")
                        + why,
                e);
    }

    /**
     * Classes 08 and 57P0x mean a lost or refused connection; so does an exception of the pool or the socket, which has
     * no state.
     */
    private static boolean isConnectionLoss(JdbiException e) {
        SQLException sql = sqlException(e);
        if (sql == null) {
            return e instanceof ConnectionException;
        }
        String state = sql.getSQLState();
        return state == null
                || state.startsWith("08")
                || state.startsWith("57P")
                || state.startsWith(NO_RESOURCES)
                || state.equals("25P03")
                || sql instanceof SQLTransientConnectionException;
    }

    private static String sqlState(JdbiException e) {
        SQLException sql = sqlException(e);
        return sql == null || sql.getSQLState() == null ? "" : sql.getSQLState();
    }

    /** Returns what the server said in one line, with the SQLSTATE. */
    static String failure(JdbiException e) {
        return reason(e) + (sqlState(e).isEmpty() ? "" : " (SQLSTATE " + sqlState(e) + ")");
    }

    private static String reason(JdbiException e) {
        SQLException sql = sqlException(e);
        String message = sql == null ? String.valueOf(e.getMessage()) : String.valueOf(sql.getMessage());
        return message.lines().findFirst().orElse(message);
    }

    private static @Nullable SQLException sqlException(Throwable e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof SQLException sql) {
                return sql;
            }
        }
        return null;
    }

    /** Returns the pool, for the check of the schema, which is not part of the protocol. */
    DataSource dataSource() {
        return pool;
    }

    @Override
    public void close() {
        pool.close();
    }
}
