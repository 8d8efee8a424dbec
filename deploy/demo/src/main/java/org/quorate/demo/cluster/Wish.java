package org.quorate.demo.cluster;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The options of one run.
 *
 * @param requests how many buildrequests the demo submits, besides those of schedulers' ticks
 * @param seed decides the order of the work and the victims
 * @param directory where logs and configurations go; empty: a new temporary one
 * @param keep whether the cluster goes on running after the summary
 */
public record Wish(int masters, int requests, long seed, Optional<Path> directory, boolean keep) {
    /** One master runs this many builds at the same time. */
    public static final int SLOTS = 4;

    private static final double WANTED_SECONDS = 24;
    private static final double LEAST_PACE = 0.3;
    private static final double MOST_PACE = 3;

    /**
     * Returns the seconds that each build sleeps, so that the work lasts long enough for two failovers even with few
     * requests.
     */
    public double pace() {
        double even = WANTED_SECONDS * SLOTS * masters / requests;
        return Math.round(10 * Math.min(MOST_PACE, Math.max(LEAST_PACE, even))) / 10.0;
    }
}
