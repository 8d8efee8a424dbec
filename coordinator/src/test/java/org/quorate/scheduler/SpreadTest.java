package org.quorate.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.quorate.scheduler.Rendezvous.Candidate;
import org.quorate.scheduler.Spread.Placing;

class SpreadTest {
    @Test
    void a_hundred_schedulers_spread_over_three_masters_within_a_fifth() {
        Map<String, Long> loads = loads(Spread.of(placings(100, masters(3, 10), Map.of())));

        assertThat(loads).hasSize(3);
        assertThat(loads.values()).allSatisfy(load -> assertThat(load).isBetween(33L, 34L));
    }

    @Test
    void a_scheduler_moved_by_an_operator_goes_there_unless_that_master_is_gone() {
        Placing there = new Placing("nightly", masters(3, 10), Optional.of("m1"), Optional.of("m2"));
        Placing gone = new Placing("hourly", masters(3, 10), Optional.of("m1"), Optional.of("m9"));

        assertThat(Spread.of(List.of(there, gone)))
                .containsEntry("nightly", "m2")
                .containsEntry("hourly", "m1");
    }

    @Test
    void a_scheduler_that_nobody_offers_is_not_in_the_plan() {
        assertThat(Spread.of(List.of(new Placing("nightly", List.of(), Optional.of("m1"), Optional.empty()))))
                .isEmpty();
    }

    @Property(tries = 500)
    void every_master_gets_its_share_by_weight_rounded_up_or_down(
            @ForAll @IntRange(max = 300) int schedulers,
            @ForAll @IntRange(min = 1, max = 12) int masters,
            @ForAll @IntRange(max = 40) int weight) {
        List<Candidate> candidates = masters(masters, weight);
        Map<String, Long> loads = loads(Spread.of(placings(schedulers, candidates, Map.of())));

        double weights = candidates.stream().mapToDouble(Candidate::share).sum();
        assertThat(candidates).allSatisfy(candidate -> {
            double share = schedulers * candidate.share() / weights;
            assertThat(loads.getOrDefault(candidate.name(), 0L).doubleValue())
                    .isBetween(Math.floor(share - 1e-9), Math.ceil(share + 1e-9));
        });
    }

    @Property(tries = 500)
    void a_master_that_leaves_moves_only_what_it_owned(
            @ForAll @IntRange(max = 200) int schedulers,
            @ForAll @IntRange(min = 2, max = 8) int masters,
            @ForAll @IntRange(max = 7) int leaver) {
        List<Candidate> before = masters(masters, 10);
        Map<String, String> owners = Spread.of(placings(schedulers, before, Map.of()));
        String left = before.get(leaver % masters).name();
        List<Candidate> after =
                before.stream().filter(master -> !master.name().equals(left)).toList();

        Map<String, String> plan = Spread.of(placings(schedulers, after, owners));

        assertThat(plan).hasSameSizeAs(owners);
        owners.forEach((scheduler, owner) -> {
            if (!owner.equals(left)) {
                assertThat(plan).containsEntry(scheduler, owner);
            }
        });
        assertEven(plan, after, schedulers);
    }

    @Property(tries = 500)
    void a_master_that_joins_is_given_its_share_and_nothing_else_moves(
            @ForAll @IntRange(max = 200) int schedulers, @ForAll @IntRange(min = 1, max = 8) int masters) {
        Map<String, String> owners = Spread.of(placings(schedulers, masters(masters, 10), Map.of()));
        List<Candidate> after = masters(masters + 1, 10);

        Map<String, String> plan = Spread.of(placings(schedulers, after, owners));

        Set<String> moved = owners.keySet().stream()
                .filter(scheduler -> !owners.get(scheduler).equals(plan.get(scheduler)))
                .collect(Collectors.toSet());
        assertThat(moved).allSatisfy(scheduler -> assertThat(plan).containsEntry(scheduler, "m" + (masters + 1)));
        assertThat(moved.size()).isLessThanOrEqualTo(schedulers / (masters + 1) + 1);
        assertEven(plan, after, schedulers);
    }

    /**
     * Each master offers some schedulers. Some are owned by alive masters, by dead ones or by nobody; an operator moved
     * some.
     */
    @Property(tries = 2_000)
    void every_offered_scheduler_gets_one_owner_that_offers_it_whatever_the_order_of_the_picture(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int schedulers) {
        Random random = new Random(seed);
        List<Placing> placings = new ArrayList<>(randomPlacings(random, schedulers));
        Map<String, String> plan = Spread.of(placings);

        for (Placing placing : placings) {
            List<String> offering =
                    placing.candidates().stream().map(Candidate::name).toList();
            if (offering.isEmpty()) {
                assertThat(plan).doesNotContainKey(placing.scheduler());
            } else {
                assertThat(offering).contains(plan.get(placing.scheduler()));
            }
            placing.preferred()
                    .filter(offering::contains)
                    .ifPresent(preferred -> assertThat(plan).containsEntry(placing.scheduler(), preferred));
        }
        Collections.shuffle(placings, random);
        assertThat(Spread.of(placings)).isEqualTo(plan);
    }

    /** Otherwise schedulers would move for ever. */
    @Property(tries = 2_000)
    void the_plan_after_carrying_out_a_plan_is_the_same(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int schedulers) {
        List<Placing> placings = randomPlacings(new Random(seed), schedulers);
        Map<String, String> plan = Spread.of(placings);

        List<Placing> carriedOut = placings.stream()
                .map(placing -> new Placing(
                        placing.scheduler(),
                        placing.candidates(),
                        Optional.ofNullable(plan.get(placing.scheduler())),
                        placing.preferred()))
                .toList();

        assertThat(Spread.of(carriedOut)).isEqualTo(plan);
    }

    static List<Candidate> masters(int count, int weight) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(i -> new Candidate("m" + i, weight))
                .toList();
    }

    private static List<Placing> placings(int count, List<Candidate> masters, Map<String, String> owners) {
        return IntStream.range(0, count)
                .mapToObj(i -> "scheduler-" + i)
                .map(name -> new Placing(name, masters, Optional.ofNullable(owners.get(name)), Optional.empty()))
                .toList();
    }

    private static List<Placing> randomPlacings(Random random, int count) {
        List<Candidate> masters = IntStream.rangeClosed(1, 1 + random.nextInt(6))
                .mapToObj(i -> new Candidate("m" + i, random.nextInt(30)))
                .toList();
        return IntStream.range(0, count)
                .mapToObj(i -> new Placing(
                        "scheduler-" + i,
                        masters.stream().filter(master -> random.nextInt(4) > 0).toList(),
                        random.nextBoolean() ? Optional.empty() : Optional.of("m" + random.nextInt(8)),
                        random.nextInt(8) > 0 ? Optional.empty() : Optional.of("m" + random.nextInt(8))))
                .toList();
    }

    private static Map<String, Long> loads(Map<String, String> plan) {
        Map<String, Long> loads = new HashMap<>();
        plan.values().forEach(master -> loads.merge(master, 1L, Long::sum));
        return loads;
    }

    private static void assertEven(Map<String, String> plan, List<Candidate> masters, int schedulers) {
        double share = (double) schedulers / masters.size();
        Map<String, Long> loads = loads(plan);
        assertThat(masters)
                .allSatisfy(master -> assertThat(
                                loads.getOrDefault(master.name(), 0L).doubleValue())
                        .isBetween(Math.floor(share * 0.95), Math.ceil(share * 1.05)));
    }
}
