package org.quorate.claim;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;

/**
 * The port to the buildrequests that are set aside, because the database fails whenever a turn touches them. All agents
 * share the list. Each method may throw {@link org.quorate.master.DatabaseUnreachable}.
 */
public interface SetAsides {
    /** Returns the buildrequests that are set aside now, each with the time until it is tried again. */
    Map<Integer, Duration> current();

    /**
     * Sets a buildrequest aside, or does so once more. Returns the time until it is tried again, which grows each time.
     */
    Duration add(int masterid, int brid, String reason);

    /** Forgets buildrequests that could be claimed, completed or released after all. */
    void remove(Collection<Integer> brids);
}
