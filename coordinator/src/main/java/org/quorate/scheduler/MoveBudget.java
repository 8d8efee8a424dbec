package org.quorate.scheduler;

import java.time.Duration;

/**
 * How many schedulers a master may hand over for the sake of an even spread: a token bucket, so that a master that joins
 * under load is not met by all at once, and one that comes and goes cannot keep the schedulers moving.
 *
 * <p>It begins full, holds {@code burst} and gains {@code movesPerMinute}. One thread.
 */
final class MoveBudget {
    private final long nanosPerMove;
    private final long mostCredit;
    private long credit;
    private long countedAtNanos;

    MoveBudget(int movesPerMinute, int burst, long nowNanos) {
        if (movesPerMinute < 1 || burst < 1) {
            throw new IllegalArgumentException(
                    "a budget of " + movesPerMinute + " moves a minute, at most " + burst + " at once, moves nothing");
        }
        nanosPerMove = Duration.ofMinutes(1).toNanos() / movesPerMinute;
        mostCredit = nanosPerMove * burst;
        credit = mostCredit;
        countedAtNanos = nowNanos;
    }

    /** Whether one more scheduler may move; then it counts as moved. */
    boolean take(long nowNanos) {
        count(nowNanos);
        boolean may = credit >= nanosPerMove;
        credit -= may ? nanosPerMove : 0;
        return may;
    }

    /** Until the next move may be made; zero when one may be made now. */
    Duration nextIn(long nowNanos) {
        count(nowNanos);
        return Duration.ofNanos(Math.max(0, nanosPerMove - credit));
    }

    private void count(long nowNanos) {
        long elapsed = Math.max(0, nowNanos - countedAtNanos);
        credit = elapsed > mostCredit ? mostCredit : Math.min(mostCredit, credit + elapsed);
        countedAtNanos = nowNanos;
    }
}
