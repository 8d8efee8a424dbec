package org.quorate.scheduler;

import java.util.List;

/**
 * One firing of a scheduler, which commits at most once however many masters try (I7).
 *
 * @param occasion what the tick is for, unique per scheduler: {@code at 2026-11-24T02:00:00Z} for one by time,
 *     {@code buildset 4711} for one that follows a buildset
 * @param atEpochSecond the planned time; the database refuses a tick before its own clock reaches it
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
