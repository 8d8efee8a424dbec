package org.quorate.demo.cluster;

import java.time.Duration;

/** The demo's values for the protocol's times: shorter than the defaults, so that two failovers fit into a minute. */
public final class Pace {
    static final Duration SESSION_TIMEOUT = Duration.ofSeconds(4);
    static final Duration GRACE = Duration.ofMillis(500);
    static final Duration KILL_TIME = Duration.ofSeconds(1);

    /** A master is frozen for this long: it is fenced meanwhile, and everything that it held is released. */
    public static final Duration FREEZE =
            SESSION_TIMEOUT.plus(GRACE).plus(KILL_TIME).plus(Duration.ofSeconds(1));

    /** The time between two pictures of the demo. */
    public static final Duration LOOK = Duration.ofMillis(300);

    private Pace() {}
}
