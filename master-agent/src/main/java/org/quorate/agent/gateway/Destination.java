package org.quorate.agent.gateway;

import org.quorate.config.HostPort;

/**
 * The worker port of a live master, to which workers may be forwarded.
 *
 * @param capacity the master's slots, its weight in the distribution of workers; less than 1 counts as 1
 * @param draining whether the master keeps its workers and gets no new ones
 */
public record Destination(String master, String host, int port, int capacity, boolean draining) {
    /** Returns the master with its address: a master that moved to another port is another place. */
    String place() {
        return master + " at " + new HostPort(host, port);
    }
}
