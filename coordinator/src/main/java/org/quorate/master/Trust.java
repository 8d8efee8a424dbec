package org.quorate.master;

import java.time.Duration;

/**
 * Until when an agent trusts itself, on its own monotonic clock. It is counted from when an acknowledged heartbeat was
 * <em>sent</em>: the ensemble may have begun to count the session's silence at that moment, and not later. Without
 * ZooKeeper a read of the own epoch in the database counts in the same way.
 *
 * <p>Immutable. All instants are values of one {@link System#nanoTime}-like clock and are compared by difference, as that
 * clock may overflow.
 */
public final class Trust {
    private static final Trust NONE = new Trust(false, 0);

    private final boolean granted;
    private final long untilNanos;

    private Trust(boolean granted, long untilNanos) {
        this.granted = granted;
        this.untilNanos = untilNanos;
    }

    /** Where every agent begins, and what is left of it when it was fenced. */
    public static Trust none() {
        return NONE;
    }

    /**
     * Extends the trust by an acknowledgement. One that comes late, after a younger one, changes nothing.
     *
     * @param sentAtNanos when the heartbeat was sent; never when its answer came
     * @param trust {@link Timing#trust}
     */
    public Trust acknowledged(long sentAtNanos, Duration trust) {
        long until = sentAtNanos + trust.toNanos();
        return granted && until - untilNanos <= 0 ? this : new Trust(true, until);
    }

    public boolean isTrustedAt(long nowNanos) {
        return granted && untilNanos - nowNanos > 0;
    }

    /** What is left; zero when there is none. */
    public Duration remainingAt(long nowNanos) {
        return isTrustedAt(nowNanos) ? Duration.ofNanos(untilNanos - nowNanos) : Duration.ZERO;
    }

    @Override
    public String toString() {
        return granted ? "trust until " + untilNanos + " ns" : "no trust";
    }
}
