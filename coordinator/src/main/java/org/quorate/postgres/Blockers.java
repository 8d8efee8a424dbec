package org.quorate.postgres;

import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.quorate.master.DatabaseUnreachable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions that keep a lock on a master's row although the master is gone, and how a transaction gets past them: a
 * backend whose client died or froze keeps its locks while it waits for somebody else's lock, or while its transaction
 * is idle. Thread-safe.
 */
final class Blockers {
    /** For an end of all sessions that carry the master, whatever their epoch. */
    static final long ANY_EPOCH = Long.MAX_VALUE;

    private static final Logger LOG = LoggerFactory.getLogger(Blockers.class);
    /** A transaction of a failover waits this long for each lock before it looks for the holder. */
    private static final int WAIT_MILLIS = 500;

    private final PostgresDatabase database;

    Blockers(PostgresDatabase database) {
        this.database = database;
    }

    /** Runs a transaction that locks the row of a master that is gone, and that cannot be done in parts. */
    <T> T pass(int masterid, long epoch, Function<Transaction, T> work) {
        return pass(masterid, epoch, work, work, () -> false);
    }

    /**
     * Runs a transaction that locks the row of a master that is gone. If it does not get a lock in time, ends the
     * sessions that would never let go, and tries once more. If that is not enough, does only the least.
     *
     * @param epoch the last epoch whose sessions may be ended
     * @param whole the transaction
     * @param least the part of it that needs no lock but that of the master's row
     * @param hadRow whether the transaction had got the master's row when another lock stood in its way
     */
    <T> T pass(
            int masterid,
            long epoch,
            Function<Transaction, T> whole,
            Function<Transaction, T> least,
            BooleanSupplier hadRow) {
        return unlessBlocked(() -> briefly(whole)).orElseGet(() -> {
            if (end(masterid, epoch) > 0) {
                Optional<T> done = unlessBlocked(() -> briefly(whole));
                if (done.isPresent()) {
                    return done.get();
                }
            }
            if (hadRow.getAsBoolean()) {
                Optional<T> done = unlessBlocked(() -> briefly(least));
                if (done.isPresent()) {
                    return done.get();
                }
            }
            // a transaction that is at work gets as long as any other wait for a lock
            return unlessBlocked(() -> database.transaction(whole)).orElseGet(() -> {
                end(masterid, epoch);
                return unlessBlocked(() -> briefly(whole)).orElseGet(() -> briefly(least));
            });
        });
    }

    /** Returns the result; empty if another session's lock may have been in the way. */
    private static <T> Optional<T> unlessBlocked(Supplier<T> work) {
        try {
            return Optional.of(work.get());
        } catch (DatabaseUnreachable e) {
            if (!e.ranOutOfTime()) {
                throw e;
            }
            return Optional.empty();
        }
    }

    private <T> T briefly(Function<Transaction, T> work) {
        return database.transaction(transaction -> {
            transaction
                    .statement("masters/wait_briefly")
                    .bind("milliseconds", WAIT_MILLIS)
                    .mapTo(String.class)
                    .one();
            return work.apply(transaction);
        });
    }

    private int end(int masterid, long epoch) {
        int ended = database.read(transaction -> transaction
                .statement("masters/end_holders")
                .bind("victim", masterid)
                .bind("epoch", epoch)
                .bind("waited", WAIT_MILLIS)
                .mapTo(Integer.class)
                .one());
        if (ended > 0) {
            LOG.warn("ended {} sessions that kept a lock on the row of master {}, which is gone", ended, masterid);
        }
        return ended;
    }
}
