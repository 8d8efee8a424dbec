package org.quorate.master;

import java.util.UUID;

/**
 * Numbers that were never issued before, and the identity of the cluster. Every method may throw {@link
 * ZooKeeperUnreachable} within the session timeout. Thread-safe.
 */
public interface NumberSource {
    /**
     * A number greater than any issued before, as long as the ensemble keeps its data: the {@code mzxid} of a write to
     * {@code /epoch}.
     */
    long number();

    /**
     * Writes the cluster's identity where there is none, and answers what stands there. A mismatch with the database is
     * the caller's to refuse.
     */
    UUID clusterUuid(UUID ours);
}
