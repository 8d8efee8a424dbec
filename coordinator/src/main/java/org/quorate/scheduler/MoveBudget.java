package org.quorate.scheduler;

import java.time.Duration;

/**
 * How many schedulers a master may hand over for an even spread. It is a token bucket: a master that joins under load
 * does not get all its schedulers at once, and a master that joins and leaves repeatedly cannot keep the schedulers
 * moving.
 *
 * <p>It begins full, holds {@code burst} moves and gains {@code movesPerMinute}. One thread.
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

    /** Returns whether one more scheduler may move, and if so counts it as moved. */
    boolean take(long nowNanos) {
        count(nowNanos);
        boolean may = credit >= nanosPerMove;
        credit -= may ? nanosPerMove : 0;
        return may;
    }

    /** Returns the time until the next move is allowed; zero when one is allowed now. */
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
