package org.quorate.identity;

import java.util.Optional;

/**
 * The port to the record in ZooKeeper. Each method waits for the first connection. After that it throws {@code
 * ZooKeeperUnreachable} at once without a connection, and always within a quarter of the session timeout. Thread-safe.
 */
public interface PairingNode {
    /** Returns the record as it is now; empty if there is none. */
    Optional<Pairing> pairing();

    /**
     * Replaces the record if it is still the expected one.
     *
     * @param before the expected record; empty: none
     * @return false, with nothing changed, if it is another one
     */
    boolean pair(Optional<Pairing> before, Pairing after);
}
