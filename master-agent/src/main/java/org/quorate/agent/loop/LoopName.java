package org.quorate.agent.loop;

import java.util.Locale;

/** The loops of an agent. The name appears in logs, metrics and the status page. */
public enum LoopName {
    /** Fences this master when its trust is over. */
    FENCE(AfterAFailure.AT_ONCE),
    /** Registers this master and sends its heartbeats. */
    MEMBERSHIP(AfterAFailure.AT_ONCE),
    /** Compares what the two stores record of each other. */
    IDENTITY,
    /** Claims, completes and releases buildrequests. */
    CLAIMS,
    /** Commits ticks of schedulers. */
    TICKS,
    /** Relays events between buildmasters. */
    EVENTS,
    /** Gains and gives up schedulers. */
    OWNERSHIP(AfterAFailure.STEADY),
    /** Notifies the buildmaster which dependent schedulers are due. */
    DUE,
    /** Fails other masters over, while this agent leads. */
    HOUSEKEEPING(AfterAFailure.STEADY),
    /** Carries out operators' commands for this master. */
    CONTROL,
    /** Starts and watches the buildmaster's process. */
    SUPERVISION(AfterAFailure.STEADY),
    /** Listens to the database's notifications. */
    NOTIFICATIONS,
    /** Gives the worker gateway the current list of masters; only if there is a gateway. */
    GATEWAY,
    /** Checks that the state directory can be written. */
    STATE,
    /** Watches a stock buildmaster; only if there is one. */
    STOCK,
    /** Sends systemd its status line; only if systemd listens. */
    SYSTEMD;

    /** The pause of a loop after a step that failed unexpectedly. */
    enum AfterAFailure {
        /** A wake-up counts at once: this loop keeps the trust, or ends it. */
        AT_ONCE,
        /** The pauses do not grow: a failover waits for this loop, or it watches for a buildmaster that hangs. */
        STEADY,
        /** The pauses grow. */
        GROWING
    }

    private final AfterAFailure afterAFailure;

    LoopName() {
        this(AfterAFailure.GROWING);
    }

    LoopName(AfterAFailure afterAFailure) {
        this.afterAFailure = afterAFailure;
    }

    AfterAFailure afterAFailure() {
        return afterAFailure;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
