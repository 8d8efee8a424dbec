package org.quorate.master;

import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;

/**
 * A master that seems alive: the content of its node in ZooKeeper. A hint.
 *
 * @param capacity its slots; the master's weight when schedulers are spread
 * @param schedulers names of the schedulers and change sources that its buildmaster can run; empty while no buildmaster
 *     is attached
 * @param workerPort the port on {@code host} where its buildmaster accepts workers; empty while it accepts none
 */
public record Member(
        String name,
        UUID incarnation,
        long epoch,
        String host,
        int capacity,
        List<String> schedulers,
        String version,
        OptionalInt workerPort) {
    public Member {
        schedulers = List.copyOf(schedulers);
    }

    /** A master that accepts no workers. */
    public Member(
            String name,
            UUID incarnation,
            long epoch,
            String host,
            int capacity,
            List<String> schedulers,
            String version) {
        this(name, incarnation, epoch, host, capacity, schedulers, version, OptionalInt.empty());
    }
}
