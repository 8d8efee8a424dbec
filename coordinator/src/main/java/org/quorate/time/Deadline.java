package org.quorate.time;

import java.time.Duration;

/**
 * An instant of a monotonic clock like {@link System#nanoTime}, from which on something is over or due. Deadlines and
 * instants are compared by difference, because that clock may overflow.
 *
 * @param nanos the instant, in nanoseconds of that clock
 */
public record Deadline(long nanos) {
    /** Returns the deadline that is {@code duration} after {@code nowNanos}. */
    public static Deadline after(Duration duration, long nowNanos) {
        return new Deadline(nowNanos + duration.toNanos());
    }

    public boolean isOver(long nowNanos) {
        return nowNanos - nanos >= 0;
    }

    /** Returns the time until this deadline; zero when it is over. */
    public Duration remaining(long nowNanos) {
        return isOver(nowNanos) ? Duration.ZERO : Duration.ofNanos(nanos - nowNanos);
    }

    public boolean isAfter(Deadline other) {
        return nanos - other.nanos > 0;
    }

    /** Returns the later one of the two. */
    public Deadline later(Deadline other) {
        return other.isAfter(this) ? other : this;
    }
}
