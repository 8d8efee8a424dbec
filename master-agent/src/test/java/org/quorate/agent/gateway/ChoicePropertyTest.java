package org.quorate.agent.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class ChoicePropertyTest {
    private static final String OWN = "m2";

    /** One master as the gateway sees it. */
    record Seen(int capacity, boolean draining, int workers, boolean refusing) {
        double load() {
            return workers / (double) Math.max(1, capacity);
        }
    }

    @Provide
    Arbitrary<List<Seen>> cluster() {
        return Combinators.combine(
                        Arbitraries.frequency(
                                net.jqwik.api.Tuple.of(1, 0),
                                net.jqwik.api.Tuple.of(3, 1),
                                net.jqwik.api.Tuple.of(3, 4),
                                net.jqwik.api.Tuple.of(3, 10),
                                net.jqwik.api.Tuple.of(1, Integer.MAX_VALUE)),
                        Arbitraries.of(true, false, false),
                        Arbitraries.integers().between(0, 20),
                        Arbitraries.of(true, false, false))
                .as(Seen::new)
                .list()
                .ofMaxSize(6);
    }

    private static List<Destination> destinations(List<Seen> cluster) {
        return IntStream.range(0, cluster.size())
                .mapToObj(i -> new Destination(
                        "m" + i,
                        "host",
                        9989 + i,
                        cluster.get(i).capacity(),
                        cluster.get(i).draining()))
                .toList();
    }

    private static List<Destination> bestFirst(List<Seen> cluster, List<Destination> destinations) {
        Map<String, Integer> workers = new HashMap<>();
        for (Destination d : destinations) {
            workers.put(d.master(), seen(cluster, d).workers());
        }
        Set<String> refusing = destinations.stream()
                .filter(d -> seen(cluster, d).refusing())
                .map(Destination::place)
                .collect(Collectors.toSet());
        return Choice.bestFirst(destinations, workers, refusing, OWN);
    }

    private static Seen seen(List<Seen> cluster, Destination destination) {
        return cluster.get(destination.port() - 9989);
    }

    @Property
    void every_master_that_does_not_drain_is_tried_exactly_once(@ForAll("cluster") List<Seen> cluster) {
        List<Destination> destinations = destinations(cluster);

        assertThat(bestFirst(cluster, destinations))
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(
                        destinations.stream().filter(d -> !d.draining()).toList());
    }

    @Property
    void a_master_that_refused_comes_last_then_the_load_decides_then_the_own_master_comes_first(
            @ForAll("cluster") List<Seen> cluster) {
        List<Destination> order = bestFirst(cluster, destinations(cluster));

        for (int i = 1; i < order.size(); i++) {
            Seen before = seen(cluster, order.get(i - 1));
            Seen after = seen(cluster, order.get(i));
            assertThat(before.refusing() && !after.refusing()).isFalse();
            if (before.refusing() == after.refusing()) {
                assertThat(before.load()).isLessThanOrEqualTo(after.load());
                assertThat(before.load() == after.load()
                                && order.get(i).master().equals(OWN))
                        .as("the own master comes after one with the same load")
                        .isFalse();
            }
        }
    }

    @Property
    void the_order_of_the_destinations_does_not_matter(@ForAll("cluster") List<Seen> cluster, @ForAll long seed) {
        List<Destination> shuffled = new ArrayList<>(destinations(cluster));
        Collections.shuffle(shuffled, new Random(seed));

        assertThat(bestFirst(cluster, shuffled)).isEqualTo(bestFirst(cluster, destinations(cluster)));
    }

    @Property
    void workers_that_come_one_after_the_other_are_spread_by_capacity(
            @ForAll List<@IntRange(min = 1, max = 50) Integer> capacities, @ForAll @IntRange(max = 200) int arriving) {
        List<Destination> destinations = IntStream.range(0, capacities.size())
                .mapToObj(i -> new Destination("m" + i, "host", 1 + i, capacities.get(i), false))
                .toList();
        Map<String, Integer> workers = new HashMap<>();

        for (int i = 0; i < arriving && !destinations.isEmpty(); i++) {
            Destination best =
                    Choice.bestFirst(destinations, workers, Set.of(), OWN).get(0);
            workers.merge(best.master(), 1, Integer::sum);
        }

        for (Destination a : destinations) {
            for (Destination b : destinations) {
                int ofA = workers.getOrDefault(a.master(), 0);
                int ofB = workers.getOrDefault(b.master(), 0);
                assertThat((long) (ofA - 1) * b.capacity())
                        .as("no worker of %s would be better off at %s", a, b)
                        .isLessThanOrEqualTo((long) ofB * a.capacity());
            }
        }
    }
}
