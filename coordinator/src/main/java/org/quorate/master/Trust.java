package org.quorate.master;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.quorate.time.Deadline;

/**
 * Until when an agent trusts itself, on its own monotonic clock. Trust counts from when an acknowledged heartbeat was
 * <em>sent</em>: the ensemble cannot have begun to count the session's silence earlier than that. Without ZooKeeper a
 * read of the master's own epoch in the database counts in the same way.
 *
 * <p>Immutable. All instants are values of one clock like {@link System#nanoTime}.
 */
public final class Trust {
    private static final Trust NONE = new Trust(null);

    private final @Nullable Deadline until;

    private Trust(@Nullable Deadline until) {
        this.until = until;
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
        Deadline extended = Deadline.after(trust, sentAtNanos);
        return until == null || extended.isAfter(until) ? new Trust(extended) : this;
    }

    public boolean isTrustedAt(long nowNanos) {
        return until != null && !until.isOver(nowNanos);
    }

    /** Returns the remaining time; zero when there is no trust. */
    public Duration remainingAt(long nowNanos) {
        return until == null ? Duration.ZERO : until.remaining(nowNanos);
    }

    @Override
    public String toString() {
        return until == null ? "no trust" : "trust until " + until.nanos() + " ns";
    }
}
