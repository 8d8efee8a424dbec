package org.quorate.time;

import java.time.Duration;

/** The shorter and the longer one of two durations. */
public final class DurationOrder {
    private DurationOrder() {}

    public static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }

    public static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) >= 0 ? one : other;
    }
}
