package org.quorate.demo.cluster;

import java.time.Duration;

/** The demo's spans of the protocol: shorter than the defaults, so that two failovers fit into a minute. */
public final class Pace {
    static final Duration SESSION_TIMEOUT = Duration.ofSeconds(4);
    static final Duration GRACE = Duration.ofMillis(500);
    static final Duration KILL_TIME = Duration.ofSeconds(1);

    /** A master that is frozen for so long was fenced, and everything that it held was given to others. */
    public static final Duration FREEZE =
            SESSION_TIMEOUT.plus(GRACE).plus(KILL_TIME).plus(Duration.ofSeconds(1));

    /** Between two looks of the demo. */
    public static final Duration LOOK = Duration.ofMillis(300);

    private Pace() {}
}
