package org.quorate.agent.loop;

import java.util.Locale;

/** The loops of an agent. The name stands in logs, metrics and the status page. */
public enum LoopName {
    /** Ends this master when its trust is over. */
    FENCE,
    /** Registers this master and sends its heartbeats. */
    MEMBERSHIP,
    /** Claims, completes and releases buildrequests. */
    CLAIMS,
    /** Commits ticks of schedulers. */
    TICKS,
    /** Carries events between buildmasters. */
    EVENTS,
    /** Gains and gives up schedulers. */
    OWNERSHIP,
    /** Tells the buildmaster which dependent schedulers are due. */
    DUE,
    /** Fails other masters over, while this agent leads. */
    HOUSEKEEPING,
    /** Carries out what operators want of this master. */
    CONTROL,
    /** Starts and watches the buildmaster's process. */
    SUPERVISION,
    /** Listens to the database's notifications. */
    NOTIFICATIONS,
    /** Tells the worker gateway which masters there are; only where there is a gateway. */
    GATEWAY,
    /** Watches a stock buildmaster; only where there is one. */
    STOCK;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
