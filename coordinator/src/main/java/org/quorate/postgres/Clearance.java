package org.quorate.postgres;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Clears in one transaction what a master that is gone leaves behind in Quorate's and in Buildbot's tables: schedulers,
 * claims, builds with their steps and logs, what these builds waited for, change sources, workers, builders. The caller
 * holds the master's row for update. One thread.
 *
 * @param leaderEpoch in whose name; null when the master does it for itself
 */
record Clearance(Transaction transaction, @Nullable Long leaderEpoch, String actor) {
    /** For a master that will not be there after the commit. Answers how many claims were released. */
    int ofTheGone(int masterid, String why) {
        int released = of(masterid, why);
        transaction.update("masters/deactivate", u -> u.bind("masterid", masterid));
        return released;
    }

    /** For an earlier life of a master that is there, or that will not be. Answers how many claims were released. */
    int of(int masterid, String why) {
        read("masters/release_schedulers", masterid, why);
        List<Integer> cancelled = new ArrayList<>(read("masters/cancel_claims", masterid, why));
        int released = read("masters/release_claims", masterid, why).get(0);
        cancelled.addAll(read("masters/end_builds", masterid, why));
        if (!cancelled.isEmpty()) {
            transaction
                    .statement("buildsets/finish")
                    .bindArray("brids", Integer.class, cancelled)
                    .mapTo(Integer.class)
                    .list();
        }
        transaction.update("masters/forget_attachments", u -> u.bind("masterid", masterid));
        return released;
    }

    private List<Integer> read(String statement, int masterid, String why) {
        return transaction
                .statement(statement)
                .bind("masterid", masterid)
                .bindByType("leader_epoch", leaderEpoch, Long.class)
                .bind("actor", actor)
                .bind("why", why)
                .mapTo(Integer.class)
                .list();
    }
}
