package org.quorate.time;

import java.time.Duration;
import java.time.Instant;

/**
 * How far the wall clock of a machine is ahead of the database's, as one answer of the database showed it. Operators
 * read it; nothing is decided by it.
 *
 * @param ahead negative: the machine's clock is behind
 * @param error the true value differs from {@code ahead} by no more than this: half the time that the answer took
 */
public record ClockOffset(Duration ahead, Duration error) {
    /**
     * Compares the clocks by one question to the database.
     *
     * @param askedAt the machine's clock when the question was sent
     * @param took how long the answer took, by the monotonic clock
     * @param database the database's clock, as the answer states it
     */
    public static ClockOffset of(Instant askedAt, Duration took, Instant database) {
        Duration error = took.dividedBy(2);
        return new ClockOffset(Duration.between(database, askedAt.plus(error)), error);
    }

    /** Returns whether both may be readings of one offset that changed by no more than {@code tolerance}. */
    public boolean isNear(ClockOffset other, Duration tolerance) {
        Duration between = ahead.minus(other.ahead).abs();
        return between.compareTo(error.plus(other.error).plus(tolerance)) <= 0;
    }
}
