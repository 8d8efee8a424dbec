package org.quorate.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Locks several tables at a moment in which no other transaction uses them, until the end of the transaction. It tries
 * again and again without waiting in a queue for a lock and without keeping one. So a running site waits only as long
 * as the transaction itself takes, and no deadlock can arise, whose victim might be Buildbot.
 */
final class QuietMoment {
    static final String IN_WHICH_NOBODY_WRITES = "SHARE ROW EXCLUSIVE, less than a second; readers go on";
    static final String IN_WHICH_NOBODY_READS = "ACCESS EXCLUSIVE, less than a second";

    private static final String ACCESS_EXCLUSIVE = "access exclusive";
    private static final String LOCK_NOT_AVAILABLE = "55P03";
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final Connection connection;
    private final Duration patience;

    QuietMoment(Connection connection, Duration patience) {
        this.connection = connection;
        this.patience = patience;
    }

    /** Locks within an open transaction. Throws {@link SchemaRefused} if the patience ends before such a moment. */
    void withoutWrites(List<String> relations) throws SQLException {
        seize(relations, "share row exclusive");
    }

    void withoutReads(List<String> relations) throws SQLException {
        seize(relations, ACCESS_EXCLUSIVE);
    }

    private void seize(List<String> relations, String mode) throws SQLException {
        if (relations.isEmpty()) {
            return;
        }
        String lock = relations.stream()
                .map(relation -> "public." + relation)
                .collect(Collectors.joining(", ", "lock table ", " in " + mode + " mode nowait"));
        boolean readersToo = mode.equals(ACCESS_EXCLUSIVE);
        long begin = System.nanoTime();
        for (Optional<String> busy = attempt(lock, relations, readersToo);
                busy.isPresent();
                busy = attempt(lock, relations, readersToo)) {
            if (System.nanoTime() - begin > patience.toNanos()) {
                throw new SchemaRefused("there was no quiet moment for " + patience.toSeconds()
                        + " s, and nothing was changed: " + busy.get()
                        + "; end the transaction that keeps it, or be more patient (--timeout)");
            }
            pause();
        }
    }

    /**
     * Returns empty if the locks are held; otherwise who has one, and no lock is held. It looks before it locks, since
     * PostgreSQL logs each lock that is refused as an error.
     */
    private Optional<String> attempt(String lock, List<String> relations, boolean readersToo) throws SQLException {
        Optional<String> user = user(relations, readersToo);
        if (user.isPresent()) {
            return user;
        }
        Savepoint before = connection.setSavepoint();
        try (Statement statement = connection.createStatement()) {
            statement.execute(lock);
            return Optional.empty();
        } catch (SQLException e) {
            if (!LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
                throw e;
            }
            connection.rollback(before);
            return Optional.of(Schema.firstLine(e));
        }
    }

    /** Returns a session that has a lock in the way, with its process id, program, user and table. */
    private Optional<String> user(List<String> relations, boolean readersToo) throws SQLException {
        return new Questions(connection)
                        .rows(
                                "schema/users",
                                row -> new TableUser(row.getString(1), row.getBoolean(2), row.getString(3)))
                        .stream()
                        .filter(user -> relations.contains(user.relation()) && (readersToo || user.writes()))
                        .map(TableUser::sentence)
                        .findFirst();
    }

    private record TableUser(String relation, boolean writes, String sentence) {}

    static void pause() {
        try {
            Thread.sleep(PAUSE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SchemaRefused("interrupted", e);
        }
    }
}
