package org.quorate.master;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Every span of time in the protocol, derived from the session timeout T that the ensemble granted. Build it with {@link
 * #of}, and refuse to start while there are {@link #mistakes}: two spans in the wrong relation break the promise that a
 * master has stopped before somebody else takes its place.
 *
 * @param sessionTimeout T, as negotiated, not as asked for
 * @param grace how long a master must stay absent after it was first seen so, before it is fenced
 * @param killTime how long a fenced agent may take to stop its builds
 * @param sqlTimeout the longest that any statement may take
 * @param heartbeat how often the session is proved by a round trip
 * @param trust how long an agent trusts itself, from when its last acknowledged heartbeat was sent
 */
public record Timing(
        Duration sessionTimeout,
        Duration grace,
        Duration killTime,
        Duration sqlTimeout,
        Duration heartbeat,
        Duration trust) {
    /** For scheduling, the transaction of a failover, and the ensemble's tick: what the bounds add to the sum. */
    private static final Duration MARGIN = Duration.ofSeconds(1);

    private static final Duration LEAST_SESSION_TIMEOUT = Duration.ofSeconds(1);

    /** The spans that follow from a session timeout: a heartbeat every T/6, and trust for 2/3 T. */
    public static Timing of(Duration sessionTimeout, Duration grace, Duration killTime, Duration sqlTimeout) {
        return new Timing(
                sessionTimeout,
                grace,
                killTime,
                sqlTimeout,
                sessionTimeout.dividedBy(6),
                sessionTimeout.multipliedBy(2).dividedBy(3));
    }

    /** All mistakes, each a sentence for the operator; empty when an agent may start. */
    public List<String> mistakes() {
        List<String> mistakes = new ArrayList<>();
        if (sessionTimeout.compareTo(LEAST_SESSION_TIMEOUT) < 0) {
            mistakes.add("session timeout " + say(sessionTimeout) + " is less than " + say(LEAST_SESSION_TIMEOUT));
        }
        mustBePositive(mistakes, "grace", grace);
        mustBePositive(mistakes, "kill time", killTime);
        mustBePositive(mistakes, "SQL timeout", sqlTimeout);
        mustBePositive(mistakes, "heartbeat", heartbeat);
        mustBePositive(mistakes, "trust", trust);
        heartbeatAndTrust(mistakes);
        if (sqlTimeout.compareTo(sessionTimeout) >= 0) {
            mistakes.add(
                    "SQL timeout " + say(sqlTimeout) + " is not less than the session timeout " + say(sessionTimeout));
        }
        if (trust.plus(killTime).compareTo(sessionTimeout.plus(grace)) > 0) {
            mistakes.add("trust " + say(trust) + " + kill time " + say(killTime) + " is more than session timeout "
                    + say(sessionTimeout) + " + grace " + say(grace)
                    + ": builds could still run when their buildrequests are claimed again");
        }
        return List.copyOf(mistakes);
    }

    private void heartbeatAndTrust(List<String> mistakes) {
        if (heartbeat.multipliedBy(6).compareTo(sessionTimeout) > 0) {
            mistakes.add("heartbeat " + say(heartbeat) + " is more than a sixth of the session timeout "
                    + say(sessionTimeout));
        }
        if (trust.multipliedBy(3).compareTo(sessionTimeout.multipliedBy(2)) > 0) {
            mistakes.add(
                    "trust " + say(trust) + " is more than two thirds of the session timeout " + say(sessionTimeout));
        }
        if (heartbeat.multipliedBy(2).compareTo(trust) > 0) {
            mistakes.add("trust " + say(trust) + " does not outlast two heartbeats of " + say(heartbeat)
                    + ": one that is late would fence the master");
        }
    }

    /** The longest from the death of an agent and its buildmaster to the release of what it held. */
    public Duration failoverBound() {
        return sessionTimeout.plus(grace).plus(MARGIN);
    }

    /** The same for a machine that vanishes and leaves its database sessions half open. */
    public Duration vanishedBound() {
        return failoverBound().plus(killTime);
    }

    /**
     * How much longer than its agent trusts itself a buildmaster may build after a heartbeat of the session: it and what it runs
     * have ended a kill time later, which is when the master can be fenced at the earliest. It is what a restart of the agent has in hand.
     */
    public Duration slack() {
        return sessionTimeout.plus(grace).minus(killTime).minus(trust);
    }

    /** How often the housekeeper looks when nothing wakes it; a watch that was lost costs this much. */
    public Duration quietLook() {
        return sessionTimeout.dividedBy(2);
    }

    private static void mustBePositive(List<String> mistakes, String what, Duration span) {
        if (span.isZero() || span.isNegative()) {
            mistakes.add(what + " " + say(span) + " is not more than nothing");
        }
    }

    private static String say(Duration span) {
        return span.toMillis() + " ms";
    }
}
