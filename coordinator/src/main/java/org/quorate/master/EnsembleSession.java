package org.quorate.master;

import java.time.Duration;

/**
 * The session with ZooKeeper. Thread-safe.
 */
public interface EnsembleSession {
    /**
     * The session timeout that the servers granted; every timer derives from it. Blocks until there was a session once,
     * but no longer than the timeout that was asked for; afterwards answers at once what was granted last.
     */
    Duration sessionTimeout();

    /** The session is established and not suspended, as far as this process knows. */
    boolean isConnected();

    /** Called, on a thread of the client, when members, owners, leader or connection may have changed: wake, never act. */
    void onChange(Runnable wake);
}
