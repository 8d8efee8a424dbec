package org.quorate.master;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Every span of time in the protocol, derived from the session timeout T that the ensemble granted. Create it with
 * {@link #of}, and refuse to start while there are {@link #mistakes}: if two spans have the wrong relation, a master
 * may still run when another takes its place.
 *
 * @param sessionTimeout T, as granted by the ensemble, not as requested
 * @param grace how long a master must stay absent, after it was first seen absent, before it is fenced
 * @param killTime how long a fenced agent may take to stop its builds
 * @param sqlTimeout the maximum duration of any statement
 * @param heartbeat how often a round trip proves the session
 * @param trust how long an agent trusts itself, counted from when its last acknowledged heartbeat was sent
 */
public record Timing(
        Duration sessionTimeout,
        Duration grace,
        Duration killTime,
        Duration sqlTimeout,
        Duration heartbeat,
        Duration trust) {
    /** An allowance in the bounds for thread scheduling, the transaction of a failover, and the ensemble's tick. */
    private static final Duration MARGIN = Duration.ofSeconds(1);

    private static final Duration LEAST_SESSION_TIMEOUT = Duration.ofSeconds(1);

    /** Derives the spans from a session timeout: a heartbeat every T/6, and trust for 2/3 T. */
    public static Timing of(Duration sessionTimeout, Duration grace, Duration killTime, Duration sqlTimeout) {
        return new Timing(
                sessionTimeout,
                grace,
                killTime,
                sqlTimeout,
                sessionTimeout.dividedBy(6),
                sessionTimeout.multipliedBy(2).dividedBy(3));
    }

    /** Returns all mistakes, each as a sentence for the operator; empty when an agent may start. */
    public List<String> mistakes() {
        List<String> mistakes = new ArrayList<>();
        if (sessionTimeout.compareTo(LEAST_SESSION_TIMEOUT) < 0) {
            mistakes.add(
                    "session timeout " + millis(sessionTimeout) + " is less than " + millis(LEAST_SESSION_TIMEOUT));
        }
        mustBePositive(mistakes, "grace", grace);
        mustBePositive(mistakes, "kill time", killTime);
        mustBePositive(mistakes, "SQL timeout", sqlTimeout);
        mustBePositive(mistakes, "heartbeat", heartbeat);
        mustBePositive(mistakes, "trust", trust);
        heartbeatAndTrust(mistakes);
        if (sqlTimeout.compareTo(sessionTimeout) >= 0) {
            mistakes.add("SQL timeout " + millis(sqlTimeout) + " is not less than the session timeout "
                    + millis(sessionTimeout));
        }
        if (trust.plus(killTime).compareTo(sessionTimeout.plus(grace)) > 0) {
            mistakes.add(
                    "trust " + millis(trust) + " + kill time " + millis(killTime) + " is more than session timeout "
                            + millis(sessionTimeout) + " + grace " + millis(grace)
                            + ": builds could still run when their buildrequests are claimed again");
        }
        return List.copyOf(mistakes);
    }

    private void heartbeatAndTrust(List<String> mistakes) {
        if (heartbeat.multipliedBy(6).compareTo(sessionTimeout) > 0) {
            mistakes.add("heartbeat " + millis(heartbeat) + " is more than a sixth of the session timeout "
                    + millis(sessionTimeout));
        }
        if (trust.multipliedBy(3).compareTo(sessionTimeout.multipliedBy(2)) > 0) {
            mistakes.add("trust " + millis(trust) + " is more than two thirds of the session timeout "
                    + millis(sessionTimeout));
        }
        if (heartbeat.multipliedBy(2).compareTo(trust) > 0) {
            mistakes.add("trust " + millis(trust) + " does not outlast two heartbeats of " + millis(heartbeat)
                    + ": one that is late would fence the master");
        }
    }

    /** Returns the longest time from the death of an agent and its buildmaster to the release of what it held. */
    public Duration failoverBound() {
        return sessionTimeout.plus(grace).plus(MARGIN);
    }

    /** Returns the same bound for a machine that vanishes and leaves its database sessions half open. */
    public Duration vanishedBound() {
        return failoverBound().plus(killTime);
    }

    /**
     * Returns by how much a buildmaster's lease outlasts its agent's trust: lease = trust + slack. The slack is T +
     * grace − kill time − trust, which is the time that an agent has to restart. A buildmaster whose lease is over has
     * then stopped, with all that it runs, within the kill time, and so at T + grace, which is the earliest time at
     * which the master can be fenced.
     */
    public Duration slack() {
        return sessionTimeout.plus(grace).minus(killTime).minus(trust);
    }

    /**
     * Returns how often the housekeeper looks when nothing wakes it. A lost watch event delays it by at most this time.
     */
    public Duration quietLook() {
        return sessionTimeout.dividedBy(2);
    }

    private static void mustBePositive(List<String> mistakes, String what, Duration span) {
        if (span.isZero() || span.isNegative()) {
            mistakes.add(what + " " + millis(span) + " is not more than nothing");
        }
    }

    private static String millis(Duration span) {
        return span.toMillis() + " ms";
    }
}
