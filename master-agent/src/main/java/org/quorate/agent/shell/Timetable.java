package org.quorate.agent.shell;

import java.time.Duration;
import java.time.Instant;

/** The times at which a scheduler fires. Pure; there is always a next and a latest time. */
sealed interface Timetable permits Cron, Timetable.Every {
    /** Returns the first time after this one. */
    Instant next(Instant after);

    /** Returns the last time up to and including this one. */
    Instant latest(Instant upTo);

    /** The whole multiples of a duration since 1970, so that all masters compute the same times. */
    record Every(Duration period) implements Timetable {
        public Every {
            if (period.toSeconds() < 1 || period.toNanosPart() != 0) {
                throw new IllegalArgumentException("a period is a whole number of seconds, at least one");
            }
        }

        @Override
        public Instant next(Instant after) {
            return latest(after).plus(period);
        }

        @Override
        public Instant latest(Instant upTo) {
            return Instant.ofEpochSecond(Math.floorDiv(upTo.getEpochSecond(), period.toSeconds()) * period.toSeconds());
        }
    }
}
