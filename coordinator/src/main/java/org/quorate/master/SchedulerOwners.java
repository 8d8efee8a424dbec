package org.quorate.master;

import java.util.Map;

/**
 * Which master owns which scheduler, as far as ZooKeeper knows: the owner keeps an ephemeral node, so that no two
 * masters ask the database at once. A hint; the term in the database decides. Every method may throw {@link
 * ZooKeeperUnreachable} within the session timeout. Thread-safe.
 */
public interface SchedulerOwners {
    /**
     * Returns the owner of each scheduler for which there is a node, from the local cache of the watch. Without a
     * connection these are the owners that were seen last.
     */
    Map<String, String> owners();

    /**
     * Creates the ephemeral ownership node of a scheduler for this master, which must have joined. Returns false if
     * another master's node exists. A node of the same master was left by an earlier session or incarnation of this
     * agent, and is replaced.
     */
    boolean contend(String scheduler, String master);

    /** Removes the ownership node of a scheduler if it belongs to this session. */
    void withdraw(String scheduler);
}
