package org.quorate.agent.loop;

import java.time.Duration;

/** One step of a {@link Loop}: it looks, decides, acts, and returns a sentence about it. A test calls it directly. */
public interface Step {
    /** Takes one step. An exception is logged, counts as a failed step, and the loop goes on. */
    Taken take();

    /** The end of a step. It decides how the step's sentence is logged and how long the loop pauses. */
    enum Outcome {
        /** It did its work, or there was none. A wake-up ends the pause at once. */
        DONE,
        /** It must wait, mostly for a store that does not answer: a warning. A wake-up soon ends the pause. */
        WAITING,
        /** It failed in a way that nobody expected: a warning. */
        FAILED,
        /** Something refuses its work and may do so for long: a warning. The pauses grow. */
        REFUSED,
        /** As {@link #REFUSED}, but only an operator can change it: an error. */
        HOPELESS
    }

    /** A sentence about what the step did, and how long to wait for the next one if nobody wakes the loop. */
    record Taken(String sentence, Duration next, Outcome outcome) {
        public Taken(String sentence, Duration next) {
            this(sentence, next, Outcome.DONE);
        }

        public static Taken waiting(String sentence, Duration next) {
            return new Taken(sentence, next, Outcome.WAITING);
        }

        public static Taken refused(String sentence, Duration next) {
            return new Taken(sentence, next, Outcome.REFUSED);
        }

        public static Taken hopeless(String sentence, Duration next) {
            return new Taken(sentence, next, Outcome.HOPELESS);
        }
    }
}
