package org.quorate.agent.gateway;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.quorate.time.Deadline;

/** The masters to which workers may be forwarded now, with each one's workers and last refusal. One thread. */
final class Destinations {
    /** A destination that could not be reached is tried last for this long. */
    static final Duration REFUSAL_COUNTS = Duration.ofSeconds(10);

    private final String own;
    private final LongSupplier nanoTime;
    private final Map<String, Integer> workers = new HashMap<>();
    private final Map<String, Deadline> refusals = new HashMap<>();
    private Map<String, Destination> now = Map.of();

    /** {@code nanoTime} is the monotonic clock. */
    Destinations(String own, LongSupplier nanoTime) {
        this.own = own;
        this.nanoTime = nanoTime;
    }

    /** Replaces all destinations. */
    void are(List<Destination> destinations) {
        now = destinations.stream().collect(Collectors.toMap(Destination::place, d -> d, (a, b) -> a));
        refusals.keySet().retainAll(now.keySet());
    }

    boolean has(Destination destination) {
        return now.containsKey(destination.place());
    }

    /** Returns whether this destination still exists and takes new workers. */
    boolean isOpen(Destination destination) {
        Destination known = now.get(destination.place());
        return known != null && !known.draining();
    }

    /** Returns the best destination whose place was not tried yet. */
    Optional<Destination> choose(Set<String> tried) {
        Set<String> refusing = now.keySet().stream().filter(this::isRefusing).collect(Collectors.toSet());
        return Choice.bestFirst(now.values(), workers, refusing, own).stream()
                .filter(d -> !tried.contains(d.place()))
                .findFirst();
    }

    /** Counts one more worker, which is connected there or about to be. */
    void add(Destination destination) {
        workers.merge(destination.master(), 1, Integer::sum);
    }

    void remove(Destination destination) {
        workers.computeIfPresent(destination.master(), (master, count) -> count > 1 ? count - 1 : null);
    }

    /** Records that the destination could not be reached. Returns true if this was not known before. */
    boolean refused(Destination destination) {
        boolean news = !refusals.containsKey(destination.place());
        refusals.put(destination.place(), Deadline.after(REFUSAL_COUNTS, nanoTime.getAsLong()));
        return news;
    }

    void reached(Destination destination) {
        refusals.remove(destination.place());
    }

    private boolean isRefusing(String place) {
        Deadline refusal = refusals.get(place);
        return refusal != null && !refusal.isOver(nanoTime.getAsLong());
    }
}
