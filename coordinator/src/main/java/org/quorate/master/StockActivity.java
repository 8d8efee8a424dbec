package org.quorate.master;

import java.util.List;
import java.util.Optional;

/**
 * The port to the activity of a stock buildmaster. A stock buildmaster sends nothing to its agent, so the agent reads
 * Buildbot's tables. The answers are hints. Each method may throw {@link DatabaseUnreachable}.
 */
public interface StockActivity {
    /**
     * Returns whether the buildmaster has started, and under which name.
     *
     * @param host the machine's name, with which Buildbot's own name for a master begins
     */
    Presence presence(Authority authority, String host);

    /**
     * Returns buildrequests that wait although an idle worker for them is attached to this master: the first of each
     * builder. If two calls return the same buildrequest, the buildmaster overlooked it.
     */
    List<Integer> waiting(Authority authority);

    /**
     * What a stock buildmaster shows of itself.
     *
     * @param registered whether there are builders of this master; a buildmaster writes them when it starts
     * @param stranger an alive master on this machine that belongs to no agent; it may be our buildmaster under another
     *     name
     * @param held how many buildrequests this master holds
     * @param heartbeat the last heartbeat; empty while the buildmaster starts, and after it has ended
     */
    record Presence(boolean registered, Optional<String> stranger, int held, Optional<Heartbeat> heartbeat) {}

    /**
     * Buildbot's own heartbeat. Compare two of them only for equality.
     *
     * @param lastActive seconds by the buildmaster's clock, or by the database's clock if the housekeeper refreshed it
     * @param server identifies the run of the database server from which it was read
     */
    record Heartbeat(int lastActive, String server) {}
}
