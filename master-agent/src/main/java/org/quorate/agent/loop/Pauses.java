package org.quorate.agent.loop;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * How long a loop pauses after each step. The pauses after a refusal double up to {@link #LONGEST}, and a wake-up does
 * not shorten the first part of them: otherwise a step that writes something and is then refused could wake itself
 * without end. One thread.
 */
final class Pauses {
    static final Duration LONGEST = Duration.ofSeconds(30);
    /** A loop that waits for a store leaves it alone for this long, whoever wakes the loop. */
    private static final Duration LEAST = Duration.ofMillis(250);

    private static final double JITTER = 0.25;

    private final LoopName.AfterAFailure afterAFailure;
    private final DoubleSupplier random;
    private Duration last = Duration.ZERO;

    /**
     * Makes the pauses of one loop.
     *
     * @param random returns numbers from 0 to 1; with them the agents of a cluster do not all try at one moment
     */
    Pauses(LoopName.AfterAFailure afterAFailure, DoubleSupplier random) {
        this.afterAFailure = afterAFailure;
        this.random = random;
    }

    /**
     * A pause.
     *
     * @param least wake-ups do not shorten it below this
     * @param most how long it lasts if nobody wakes the loop
     */
    record Pause(Duration least, Duration most) {}

    Pause after(Step.Taken taken) {
        return switch (taken.outcome()) {
            case DONE -> steady(Duration.ZERO, taken.next());
            case WAITING -> steady(LEAST, taken.next());
            case FAILED ->
                switch (afterAFailure) {
                    case AT_ONCE -> steady(Duration.ZERO, taken.next());
                    case STEADY -> steady(taken.next(), taken.next());
                    case GROWING -> growing(taken.next());
                };
            case REFUSED, HOPELESS -> growing(taken.next());
        };
    }

    private Pause steady(Duration least, Duration most) {
        last = Duration.ZERO;
        return new Pause(min(least, most), most);
    }

    private Pause growing(Duration first) {
        last = last.isZero() ? first : min(last.multipliedBy(2), LONGEST);
        Duration most = Duration.ofNanos((long) (last.toNanos() * (1 - JITTER * random.getAsDouble())));
        return new Pause(min(first, most), most);
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
