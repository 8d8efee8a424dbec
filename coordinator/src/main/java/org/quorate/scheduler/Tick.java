package org.quorate.scheduler;

import java.util.List;

/**
 * One tick of a scheduler for one occasion. It is committed at most once, however many masters try (I7).
 *
 * @param occasion what the tick is for, unique per scheduler: {@code at 2026-11-24T02:00:00Z} for a tick by time,
 *     {@code buildset 4711} for a tick that follows a buildset
 * @param atEpochSecond the planned time; the database rejects a tick before its own clock has reached it
 * @param builders names
 * @param properties one JSON object, name to value
 */
public record Tick(
        String scheduler,
        long term,
        String occasion,
        long atEpochSecond,
        List<String> builders,
        int priority,
        String reason,
        String properties) {
    public Tick {
        builders = List.copyOf(builders);
    }
}
