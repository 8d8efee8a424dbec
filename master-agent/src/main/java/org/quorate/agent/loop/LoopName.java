package org.quorate.agent.loop;

import java.util.Locale;

/** The loops of an agent. The name appears in logs, metrics and the status page. */
public enum LoopName {
    /** Fences this master when its trust is over. */
    FENCE,
    /** Registers this master and sends its heartbeats. */
    MEMBERSHIP,
    /** Claims, completes and releases buildrequests. */
    CLAIMS,
    /** Commits ticks of schedulers. */
    TICKS,
    /** Relays events between buildmasters. */
    EVENTS,
    /** Gains and gives up schedulers. */
    OWNERSHIP,
    /** Notifies the buildmaster which dependent schedulers are due. */
    DUE,
    /** Fails other masters over, while this agent leads. */
    HOUSEKEEPING,
    /** Carries out operators' commands for this master. */
    CONTROL,
    /** Starts and watches the buildmaster's process. */
    SUPERVISION,
    /** Listens to the database's notifications. */
    NOTIFICATIONS,
    /** Gives the worker gateway the current list of masters; only if there is a gateway. */
    GATEWAY,
    /** Watches a stock buildmaster; only if there is one. */
    STOCK;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
