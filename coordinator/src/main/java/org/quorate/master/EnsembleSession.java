package org.quorate.master;

import java.time.Duration;

/**
 * The session with ZooKeeper. Thread-safe.
 */
public interface EnsembleSession {
    /**
     * Returns the session timeout that the servers granted; every timer is derived from it. Blocks until the first
     * session is established, but not longer than the timeout that was requested. Later calls return the last granted
     * value at once.
     */
    Duration sessionTimeout();

    /** Returns whether the session is established and not suspended, as far as this process knows. */
    boolean isConnected();

    /**
     * Sets the callback for any change of members, owners, leader or connection. It runs on a thread of the ZooKeeper
     * client, so it must only wake another thread.
     */
    void onChange(Runnable wake);
}
