package org.quorate.postgres;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Clears, in one transaction, what a failed or leaving master left in the tables of Quorate and of Buildbot: its
 * schedulers, claims, builds with their steps and logs, the buildsets for which these builds waited, change sources,
 * workers and builders. The caller holds the lock of the master's row for update. It waits for no other row: what
 * another session has locked is passed over, or ended without its lock. One thread.
 *
 * @param leaderEpoch the epoch of the leader that does it; null when the master does it for itself
 */
record Clearance(Transaction transaction, @Nullable Long leaderEpoch, String actor) {
    /** Clears what a master left that will not be active after the commit. Returns how many claims were released. */
    int ofTheGone(int masterid, String why) {
        int released = of(masterid, why);
        transaction.update("masters/deactivate", u -> u.bind("masterid", masterid));
        return released;
    }

    /** Clears what an earlier epoch of a master left. Returns how many claims were released. */
    int of(int masterid, String why) {
        read("masters/release_schedulers", masterid, why);
        List<Integer> cancelled = new ArrayList<>(read("masters/cancel_claims", masterid, why));
        int released = read("masters/release_claims", masterid, why).get(0);
        cancelled.addAll(read("masters/end_builds", masterid, why));
        finishBuildsets(cancelled);
        transaction.update("masters/forget_attachments", u -> u.bind("masterid", masterid));
        return released;
    }

    /** Ends the builds of a dead master that were locked when it failed. */
    void ofBuilds(int masterid, String why) {
        finishBuildsets(read("masters/end_builds", masterid, why));
    }

    private void finishBuildsets(List<Integer> completedBrids) {
        if (!completedBrids.isEmpty()) {
            transaction
                    .statement("buildsets/finish")
                    .bindArray("brids", Integer.class, completedBrids)
                    .mapTo(Integer.class)
                    .list();
        }
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
