package org.quorate.master;

import java.time.Duration;

/**
 * Until when an agent trusts itself, on its own monotonic clock. Trust counts from when an acknowledged heartbeat was
 * <em>sent</em>: the ensemble cannot have begun to count the session's silence earlier than that. Without ZooKeeper a
 * read of the master's own epoch in the database counts in the same way.
 *
 * <p>Immutable. All instants are values of one clock like {@link System#nanoTime}. They are compared by difference,
 * because that clock may overflow.
 */
public final class Trust {
    private static final Trust NONE = new Trust(false, 0);

    private final boolean granted;
    private final long untilNanos;

    private Trust(boolean granted, long untilNanos) {
        this.granted = granted;
        this.untilNanos = untilNanos;
    }

    /** No trust: the state in which every agent begins, and its state after it was fenced. */
    public static Trust none() {
        return NONE;
    }

    /**
     * Returns this trust, extended by an acknowledgement. An acknowledgement that comes late, after one of a younger
     * heartbeat, changes nothing.
     *
     * @param sentAtNanos when the heartbeat was sent, not when its answer arrived
     * @param trust {@link Timing#trust}
     */
    public Trust acknowledged(long sentAtNanos, Duration trust) {
        long until = sentAtNanos + trust.toNanos();
        return granted && until - untilNanos <= 0 ? this : new Trust(true, until);
    }

    public boolean isTrustedAt(long nowNanos) {
        return granted && untilNanos - nowNanos > 0;
    }

    /** Returns the remaining time; zero when there is no trust. */
    public Duration remainingAt(long nowNanos) {
        return isTrustedAt(nowNanos) ? Duration.ofNanos(untilNanos - nowNanos) : Duration.ZERO;
    }

    @Override
    public String toString() {
        return granted ? "trust until " + untilNanos + " ns" : "no trust";
    }
}
