package org.quorate.agent.gateway;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.quorate.agent.loop.Step;

/**
 * Gives the worker gateway the current list of masters. While the list cannot be read, the gateway keeps the last one:
 * the loss of ZooKeeper must disconnect no worker. One thread.
 */
public final class GatewayStep implements Step {
    private final Supplier<List<Destination>> destinations;
    private final Consumer<List<Destination>> gateway;
    private final Duration poll;

    /** The supplier throws if it cannot read the list now; an empty list means that there is no master. */
    public GatewayStep(Supplier<List<Destination>> destinations, Consumer<List<Destination>> gateway, Duration poll) {
        this.destinations = destinations;
        this.gateway = gateway;
        this.poll = poll;
    }

    @Override
    public Taken take() {
        List<Destination> now = destinations.get();
        gateway.accept(now);
        return new Taken(sentence(now), poll);
    }

    private static String sentence(List<Destination> now) {
        return now.isEmpty()
                ? "no master takes workers"
                : "workers go to "
                        + now.stream()
                                .map(d -> d.master() + (d.draining() ? " (draining: no new ones)" : ""))
                                .sorted()
                                .collect(Collectors.joining(", "));
    }
}
