package org.quorate.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Proves that a pooler keeps one backend for each session, as PgBouncer does with {@code pool_mode = session}. With any
 * other mode another session would receive this one's settings and prepared statements, and nobody its notifications.
 */
final class Pooler {
    /** Another session of the pooler may take the backend between two statements, so one look does not suffice. */
    private static final int LOOKS = 3;

    private Pooler() {}

    /** Opens another session through the same pooler. */
    @FunctionalInterface
    interface Another {
        Connection open() throws SQLException;
    }

    /**
     * Throws unless the session keeps its backend while another session has a transaction open.
     *
     * @param facts of the session
     */
    static void requireSessionMode(Connection session, SessionFacts facts, Another another) throws SQLException {
        int pid = facts.backendPid();
        for (int look = 0; look < LOOKS; look++) {
            try (Connection second = another.open();
                    Statement statement = second.createStatement()) {
                statement.execute("begin");
                boolean taken = pid(second) == pid;
                boolean changed = pid(session) != pid;
                statement.execute("rollback");
                if (taken || changed) {
                    throw new SQLException(
                            facts.host() + " is a connection pooler in transaction mode, in which a session's settings"
                                    + " and notifications go astray: use session mode there (PgBouncer: pool_mode ="
                                    + " session), or connect to PostgreSQL itself",
                            "55000");
                }
            }
        }
    }

    private static int pid(Connection session) throws SQLException {
        try (Statement statement = session.createStatement();
                ResultSet row = statement.executeQuery("select pg_backend_pid()")) {
            row.next();
            return row.getInt(1);
        }
    }
}
