package org.quorate.master;

import java.util.List;
import java.util.Optional;

/**
 * The port to what a buildmaster without the plugin, which says nothing to its agent, shows of itself in Buildbot's tables. A
 * hint. Each method may throw {@link DatabaseUnreachable}.
 */
public interface StockActivity {
    /**
     * Whether it came up, and under which name.
     *
     * @param host the machine's name, with which Buildbot's own name for a master begins
     */
    Presence presence(Authority authority, String host);

    /**
     * Buildrequests that wait though a worker of this master for them is attached and idle: the first of each builder. One that
     * is found twice was overlooked.
     */
    List<Integer> waiting(Authority authority);

    /**
     * Whether a buildmaster came up, and what it does.
     *
     * @param registered there are builders of this master, which a buildmaster writes when it starts
     * @param stranger a living master on this machine that no agent looks after; perhaps it is ours under another name
     * @param held how many buildrequests this master holds
     * @param heartbeat the last one; empty while it starts, and when it has ended
     */
    record Presence(boolean registered, Optional<String> stranger, int held, Optional<Heartbeat> heartbeat) {}

    /**
     * Buildbot's own sign of life. That two differ is all that can be said of them.
     *
     * @param lastActive seconds by the clock of the buildmaster, or of the database when the housekeeper vouched for it
     * @param server which life of the database server it was read in
     */
    record Heartbeat(int lastActive, String server) {}
}
