package org.quorate.agent.loop;

import java.time.Duration;

/** One step of a {@link Loop}: it looks, decides, acts, and returns a sentence about it. A test calls it directly. */
public interface Step {
    /** Takes one step. An exception is logged, counts as a failed step, and the loop goes on. */
    Taken take();

    /** A sentence about what the step did, and how long to wait for the next one if nobody wakes the loop. */
    record Taken(String sentence, Duration next) {}
}
