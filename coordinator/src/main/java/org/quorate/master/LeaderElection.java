package org.quorate.master;

/**
 * The election of the housekeeper. A hint; the leader epoch in the database decides. Every method may throw {@link
 * ZooKeeperUnreachable} within the session timeout. Thread-safe.
 */
public interface LeaderElection {
    /** Makes this master a candidate for the leader election; the leader is the housekeeper. */
    void stand(String master);

    /** Returns whether this master seems to be the leader. Returns false as soon as the connection is suspended. */
    boolean seemsLeader();

    /** Ends the candidacy. */
    void standDown();
}
