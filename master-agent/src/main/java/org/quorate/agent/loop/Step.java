package org.quorate.agent.loop;

import java.time.Duration;

/** One turn of a {@link Loop}: looks, decides, acts, and says in a sentence what it did. A test calls it directly. */
public interface Step {
    /** Takes one step. An exception is logged, counts as a failed step, and the loop goes on. */
    Taken take();

    /** What a step did, and how long to wait for the next one if nobody wakes the loop. */
    record Taken(String sentence, Duration next) {}
}
