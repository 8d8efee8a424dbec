package org.quorate.agent.gateway;

import org.quorate.config.HostPort;

/**
 * The worker port of a living master, to which workers may be forwarded.
 *
 * @param capacity its slots, the weight in the spread of workers; less than 1 counts as 1
 * @param draining it keeps the workers that it has and gets no more
 */
public record Destination(String master, String host, int port, int capacity, boolean draining) {
    /** Which master, and where: a master that moved to another port is another place. */
    String place() {
        return master + " at " + new HostPort(host, port);
    }
}
