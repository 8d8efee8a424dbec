package org.quorate.postgres;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.quorate.failpoint.Failpoint;
import org.quorate.master.Authority;
import org.quorate.master.Failovers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the housekeeper does in PostgreSQL: leading (T4), failing masters over (T5), and keeping the tables tidy.
 * Thread-safe.
 */
final class PostgresFailovers implements Failovers {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresFailovers.class);
    private static final int DAYS_OF_HISTORY_AHEAD = 14;

    private final PostgresDatabase database;
    private final Blockers blockers;

    PostgresFailovers(PostgresDatabase database) {
        this.database = database;
        this.blockers = new Blockers(database);
    }

    @Override
    public long lead(Authority authority, long number) {
        return database.transaction(transaction -> {
            // lock the leader's row first, as everywhere: a failover of this master holds it and waits for its row
            long epoch = transaction
                    .statement("leader/lead")
                    .bind("masterid", authority.masterid())
                    .bind("incarnation", authority.incarnation())
                    .bind("number", number)
                    .mapTo(Long.class)
                    .one();
            Transaction.Fence fence = transaction.fence(authority);
            PostgresMasters.note(
                    transaction, "lead", authority.masterid(), authority.epoch(), epoch, fence.actor(), null);
            return epoch;
        });
    }

    @Override
    public FailOver failOver(Authority leader, long leaderEpoch, int victim, long observed, long number, String why) {
        Ending ending = new Ending(leader, leaderEpoch, victim, observed, number, why, new AtomicBoolean());
        // the end of the epoch needs no lock but the victim's; what is locked is released later
        return blockers.pass(
                victim,
                observed,
                transaction -> failOver(transaction, ending, true),
                transaction -> failOver(transaction, ending, false),
                ending.hadRow()::get);
    }

    /** The decision to end one epoch. */
    private record Ending(
            Authority leader,
            long leaderEpoch,
            int victim,
            long observed,
            long number,
            String why,
            AtomicBoolean hadRow) {}

    /**
     * Ends the epoch.
     *
     * @param whole whether the victim's work may be released in the same commit
     */
    private static FailOver failOver(Transaction transaction, Ending ending, boolean whole) {
        if (!isLed(transaction, ending.leader(), ending.leaderEpoch())) {
            return new FailOver(FailOver.Result.DEPOSED, 0, 0);
        }
        int victim = ending.victim();
        Optional<Victim> locked = lock(transaction, victim);
        ending.hadRow().set(true);
        if (locked.isEmpty()
                || locked.get().epoch() != ending.observed()
                || !locked.get().state().equals("active")) {
            return new FailOver(FailOver.Result.NOTHING, 0, 0);
        }
        String actor = "leader:" + ending.leader().masterid();
        boolean atOnce = whole && !hasSessions(transaction, locked.get().name());
        long epoch = transaction
                .statement("masters/end_epoch")
                .bind("victim", victim)
                .bind("number", ending.number())
                .bind("state", atOnce ? "dead" : "fenced")
                .bind("actor", actor)
                .mapTo(Long.class)
                .one();
        PostgresMasters.note(
                transaction, "fence", victim, ending.observed(), ending.leaderEpoch(), actor, ending.why());
        Failpoint.EPOCH_ENDED.reached();
        if (!atOnce) {
            return new FailOver(FailOver.Result.FENCED, 0, epoch);
        }
        int released = new Clearance(transaction, ending.leaderEpoch(), actor).ofTheGone(victim, ending.why());
        return new FailOver(FailOver.Result.RELEASED, released, epoch);
    }

    @Override
    public int release(Authority leader, long leaderEpoch, int victim) {
        return blockers.pass(victim, Blockers.ANY_EPOCH, transaction -> {
            if (!isLed(transaction, leader, leaderEpoch)) {
                return 0;
            }
            Optional<Victim> locked = lock(transaction, victim);
            if (locked.isEmpty() || !locked.get().state().equals("fenced")) {
                return 0;
            }
            String actor = "leader:" + leader.masterid();
            int released = new Clearance(transaction, leaderEpoch, actor).ofTheGone(victim, "its kill time is over");
            transaction.update("masters/bury", u -> u.bind("victim", victim).bind("actor", actor));
            return released;
        });
    }

    private static boolean isLed(Transaction transaction, Authority leader, long leaderEpoch) {
        return transaction
                .statement("leader/hold")
                .bind("leader_epoch", leaderEpoch)
                .bind("masterid", leader.masterid())
                .bind("incarnation", leader.incarnation())
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }

    private static Optional<Victim> lock(Transaction transaction, int victim) {
        return transaction
                .statement("masters/lock_victim")
                .bind("victim", victim)
                .map((row, context) -> new Victim(row.getString("name"), row.getLong("epoch"), row.getString("state")))
                .findOne();
    }

    private record Victim(String name, long epoch, String state) {}

    private static boolean hasSessions(Transaction transaction, String name) {
        return transaction
                .statement("masters/has_sessions")
                .bind("application_name", PostgresMasters.applicationName(name))
                .mapTo(Boolean.class)
                .one();
    }

    @Override
    public int endSessions(String victimName) {
        return database.read(transaction -> transaction
                .statement("masters/end_sessions")
                .bind("application_name", PostgresMasters.applicationName(victimName))
                .mapTo(Integer.class)
                .one());
    }

    @Override
    public int tidy(Authority leader, long leaderEpoch, Duration retention) {
        int finished = database.transaction(transaction -> {
            if (!isLed(transaction, leader, leaderEpoch)) {
                return 0;
            }
            transaction.update("events/forget", u -> u);
            transaction.update("masters/keep_fresh", u -> u);
            transaction.update("claims/forget_set_aside", u -> u);
            restoreClaims(transaction);
            clearLeftovers(transaction, leader, leaderEpoch);
            return transaction
                    .statement("buildsets/finish_stragglers")
                    .mapTo(Integer.class)
                    .list()
                    .size();
        });
        // in a transaction of its own, so that the locks on the history are released at once
        database.transaction(transaction -> {
            if (isLed(transaction, leader, leaderEpoch)) {
                keepHistory(transaction, retention);
            }
            return true;
        });
        return finished;
    }

    private static void restoreClaims(Transaction transaction) {
        List<Integer> restored =
                transaction.statement("claims/restore").mapTo(Integer.class).list();
        if (!restored.isEmpty()) {
            LOG.warn(
                    "the rows of buildrequests {} were deleted from buildrequest_claims while they are being built,"
                            + " and were restored: stop a build in its master's web page or with quorate cancel",
                    restored);
        }
    }

    /** Clears what a failover left because another session had locked it. */
    private static void clearLeftovers(Transaction transaction, Authority leader, long leaderEpoch) {
        transaction.update("masters/deactivate_gone", u -> u);
        Clearance clearance = new Clearance(transaction, leaderEpoch, "leader:" + leader.masterid());
        transaction
                .statement("masters/gone_with_builds")
                .mapTo(Integer.class)
                .list()
                .forEach(gone -> clearance.ofBuilds(gone, "its master is gone"));
    }

    private static void keepHistory(Transaction transaction, Duration retention) {
        transaction
                .statement("cluster/prepare_history")
                .bind("days", DAYS_OF_HISTORY_AHEAD)
                .map((row, context) -> true)
                .list();
        transaction
                .statement("cluster/forget_history")
                .bind("days", Math.toIntExact(retention.toDays()))
                .mapTo(Integer.class)
                .one();
    }
}
