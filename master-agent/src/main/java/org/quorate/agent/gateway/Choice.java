package org.quorate.agent.gateway;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The rule by which a worker gets its master: first the master with the fewest workers for its capacity, then the
 * gateway's own, then by name. A master that refused a moment ago comes last; a master that drains is left out.
 */
final class Choice {
    private Choice() {}

    /**
     * Returns the places to try, best first.
     *
     * @param workers how many workers this gateway has forwarded to each master
     * @param refusing places that could not be reached a moment ago
     * @param own the gateway's own master
     */
    static List<Destination> bestFirst(
            Collection<Destination> destinations, Map<String, Integer> workers, Set<String> refusing, String own) {
        Comparator<Destination> order = Comparator.<Destination, Boolean>comparing(d -> refusing.contains(d.place()))
                .thenComparing((a, b) -> byLoad(a, b, workers))
                .thenComparing(d -> !d.master().equals(own))
                .thenComparing(Destination::place);
        return destinations.stream().filter(d -> !d.draining()).sorted(order).toList();
    }

    /** Compares workers divided by capacity, as products, which are exact. */
    private static int byLoad(Destination a, Destination b, Map<String, Integer> workers) {
        return Long.compare(load(a, workers) * capacity(b), load(b, workers) * capacity(a));
    }

    private static long load(Destination destination, Map<String, Integer> workers) {
        return workers.getOrDefault(destination.master(), 0);
    }

    private static long capacity(Destination destination) {
        return Math.max(1, destination.capacity());
    }
}
