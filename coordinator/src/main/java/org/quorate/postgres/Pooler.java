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
    /** What operators read when the mode is wrong; the plugin for Buildbot says the same. */
    static final String TRANSACTION_MODE = "a pooler in transaction mode is between this program and PostgreSQL: use"
            + " pool_mode = session, or connect to PostgreSQL itself";

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
     * @param pid of the session's backend, as it was seen last
     */
    static void requireSessionMode(Connection session, int pid, Another another) throws SQLException {
        for (int look = 0; look < LOOKS; look++) {
            try (Connection second = another.open();
                    Statement statement = second.createStatement()) {
                statement.execute("begin");
                boolean taken = pid(second) == pid;
                boolean changed = pid(session) != pid;
                statement.execute("rollback");
                if (taken || changed) {
                    throw new SQLException(TRANSACTION_MODE, "55000");
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
