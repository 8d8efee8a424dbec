package org.quorate.master;

import java.util.UUID;

/**
 * Numbers that were never issued before, and the identity of the cluster. Every method may throw {@link
 * ZooKeeperUnreachable} within the session timeout. Thread-safe.
 */
public interface NumberSource {
    /**
     * Returns a number greater than any issued before, as long as the ensemble keeps its data: the {@code mzxid} of a
     * write to {@code /epoch}.
     */
    long number();

    /**
     * Writes the cluster's uuid if there is none yet, and returns the one that is stored. The caller compares it with
     * the database's and refuses to start if they differ. Waits for the first connection; after that, fails at once
     * without one, and always within a quarter of the session timeout.
     */
    UUID clusterUuid(UUID ours);
}
