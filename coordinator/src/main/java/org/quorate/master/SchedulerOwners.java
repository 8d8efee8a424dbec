package org.quorate.master;

import java.util.Map;

/**
 * Which master owns which scheduler, as far as ZooKeeper knows: the owner keeps an ephemeral node, so that no two
 * masters ask the database at once. A hint; the term in the database decides. Every method may throw {@link
 * ZooKeeperUnreachable} within the session timeout. Thread-safe.
 */
public interface SchedulerOwners {
    /**
     * The owners of schedulers by scheduler name, as far as nodes tell, read from the local cache of the watch. Without a
     * connection it is what was seen last.
     */
    Map<String, String> owners();

    /**
     * Makes the ephemeral node of a scheduler for this master, which joined. False: another master's node is there. One of
     * the same master is from an earlier session or life of this agent, and is replaced.
     */
    boolean contend(String scheduler, String master);

    /** Removes the node of a scheduler if it is this session's. */
    void withdraw(String scheduler);
}
