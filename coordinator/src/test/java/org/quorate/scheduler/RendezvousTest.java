package org.quorate.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.NotEmpty;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import net.jqwik.api.constraints.UniqueElements;
import org.junit.jupiter.api.Test;
import org.quorate.scheduler.Rendezvous.Candidate;

class RendezvousTest {
    /** If the hash changed, a rolling upgrade would move every scheduler. */
    @Test
    void the_ranking_is_the_same_on_every_machine_and_in_every_version() {
        List<Candidate> masters =
                List.of(new Candidate("m1", 10), new Candidate("m2", 10), new Candidate("größter", 12));

        assertThat(Rendezvous.ranking("nightly", masters)).containsExactly("m1", "größter", "m2");
        assertThat(Rendezvous.ranking("weekly", masters)).containsExactly("m2", "m1", "größter");
        assertThat(Rendezvous.ranking("größer", masters)).containsExactly("m1", "m2", "größter");
    }

    @Test
    void a_master_with_three_times_the_capacity_is_ranked_first_three_times_as_often() {
        List<Candidate> masters = List.of(new Candidate("small", 10), new Candidate("large", 30));

        long large = IntStream.range(0, 10_000)
                .filter(i ->
                        Rendezvous.ranking("scheduler-" + i, masters).get(0).equals("large"))
                .count();

        assertThat(large).isCloseTo(7_500L, within(200L));
    }

    @Property(tries = 2_000)
    void the_ranking_does_not_depend_on_the_order_of_the_input(
            @ForAll @NotEmpty String scheduler,
            @ForAll @Size(min = 1, max = 8) @UniqueElements
                    List<@AlphaChars @StringLength(min = 1, max = 6) String> names,
            @ForAll @IntRange(max = 50) int weight,
            @ForAll long seed) {
        List<Candidate> masters = candidates(names, weight);
        List<Candidate> shuffled = new ArrayList<>(masters);
        Collections.shuffle(shuffled, new Random(seed));

        assertThat(Rendezvous.ranking(scheduler, shuffled)).isEqualTo(Rendezvous.ranking(scheduler, masters));
    }

    @Property(tries = 2_000)
    void a_master_that_leaves_changes_nothing_in_the_order_of_the_others(
            @ForAll @NotEmpty String scheduler,
            @ForAll @Size(min = 2, max = 8) @UniqueElements
                    List<@AlphaChars @StringLength(min = 1, max = 6) String> names,
            @ForAll @IntRange(max = 50) int weight) {
        List<Candidate> masters = candidates(names, weight);
        List<String> expected = new ArrayList<>(Rendezvous.ranking(scheduler, masters));
        expected.remove(masters.get(0).name());

        List<String> left = Rendezvous.ranking(scheduler, masters.subList(1, masters.size()));

        assertThat(left).isEqualTo(expected);
    }

    private static List<Candidate> candidates(List<String> names, int weight) {
        return names.stream()
                .map(name -> new Candidate(name, weight + name.length()))
                .toList();
    }
}
