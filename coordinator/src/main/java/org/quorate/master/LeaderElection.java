package org.quorate.master;

/**
 * The election of the housekeeper. A hint; the leader epoch in the database decides. Every method may throw {@link
 * ZooKeeperUnreachable} within the session timeout. Thread-safe.
 */
public interface LeaderElection {
    /** Takes part in the election of the housekeeper. */
    void stand(String master);

    /** Whether this master seems to be the housekeeper. False at once when the connection is suspended. */
    boolean seemsLeader();

    /** Leaves the election. */
    void standDown();
}
