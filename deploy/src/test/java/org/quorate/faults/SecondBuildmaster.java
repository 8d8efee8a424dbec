package org.quorate.faults;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Buildbot's housekeeping at the start of a buildmaster that somebody starts beside the agent's, under the same name:
 * in a session that carries no epoch. While the agent lives, none of it may be committed. Thread-safe.
 */
final class SecondBuildmaster {
    /** The lock keeps the master in service until the transaction ends. */
    private static final String LIVING = "select m.masterid from quorate.master m join masters b on b.id = m.masterid"
            + " where m.name = ? and m.state = 'active' and b.active = 1 for share of m";
    /** What Buildbot does in one transaction, and only if that succeeds, goes on with the rest. */
    private static final List<String> DEACTIVATION =
            List.of("delete from scheduler_masters where masterid = ?", "update masters set active = 0 where id = ?");

    private static final List<String> HOUSEKEEPING = List.of(
            "delete from builder_masters where masterid = ?",
            "delete from buildrequest_claims where masterid = ?",
            "update builds set results = 5, complete_at = extract(epoch from now())::integer"
                    + " where masterid = ? and complete_at is null");

    private final Ledger ledger;
    private final AtomicInteger refused = new AtomicInteger();
    private final List<String> accepted = new CopyOnWriteArrayList<>();

    SecondBuildmaster(Ledger ledger) {
        this.ledger = ledger;
    }

    /** Begins as Buildbot does, or with all of it in one transaction. */
    void start(Fault fault) {
        try (Connection session = ledger.connect()) {
            session.setAutoCommit(false);
            int masterid = lockLiving(session, fault.master());
            execute(session, DEACTIVATION, masterid);
            if (fault.choice() % 2 == 0) {
                execute(session, HOUSEKEEPING, masterid);
            }
            session.commit();
            accepted.add(fault.master() + " was marked as stopped, although its agent was in service");
            execute(session, HOUSEKEEPING, masterid);
            session.commit();
        } catch (SQLException e) {
            if (!String.valueOf(e.getSQLState()).startsWith("QF")) {
                throw new Nemesis.Impossible("the database is away, or busy: " + e.getSQLState());
            }
            refused.incrementAndGet();
        }
    }

    private static int lockLiving(Connection session, String master) throws SQLException {
        try (PreparedStatement statement = session.prepareStatement(LIVING)) {
            session.createStatement().execute("set local lock_timeout = '3s'");
            statement.setString(1, master);
            try (ResultSet living = statement.executeQuery()) {
                if (!living.next()) {
                    throw new Nemesis.Impossible("its agent is not in service");
                }
                return living.getInt(1);
            }
        }
    }

    private static void execute(Connection session, List<String> statements, int masterid) throws SQLException {
        for (String sql : statements) {
            try (PreparedStatement statement = session.prepareStatement(sql)) {
                statement.setInt(1, masterid);
                statement.executeUpdate();
            }
        }
    }

    int refused() {
        return refused.get();
    }

    /** Returns violations: what the database committed although the agent lived. */
    List<String> accepted() {
        return List.copyOf(accepted);
    }
}
