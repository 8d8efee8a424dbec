package org.quorate.master;

/**
 * Numbers that were never issued before. May throw {@link ZooKeeperUnreachable} within the session timeout.
 * Thread-safe.
 */
public interface NumberSource {
    /**
     * Returns a number greater than any issued before, as long as the ensemble keeps its data: the {@code mzxid} of a
     * write to {@code /epoch}.
     */
    long number();
}
