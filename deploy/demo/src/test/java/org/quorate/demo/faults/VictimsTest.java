package org.quorate.demo.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.quorate.demo.faults.Picture.Master;

class VictimsTest {
    @Test
    void only_a_master_with_claims_and_a_scheduler_is_hit() {
        List<Master> masters = List.of(
                master("m1", "active", 4, 0),
                master("m2", "active", 4, 2),
                master("m3", "active", 1, 2),
                master("m4", "dead", 4, 2));

        for (long seed = 0; seed < 20; seed++) {
            assertThat(Victims.choose(masters, true, new Random(seed))).contains("m2");
        }
    }

    @Test
    void the_same_seed_hits_the_same_master_and_other_seeds_others() {
        List<Master> masters =
                List.of(master("m1", "active", 4, 1), master("m2", "active", 4, 1), master("m3", "active", 4, 1));
        List<Master> otherOrder = List.of(masters.get(2), masters.get(0), masters.get(1));

        assertThat(Victims.choose(masters, true, new Random(3)))
                .isEqualTo(Victims.choose(otherOrder, true, new Random(3)));
        assertThat(java.util.stream.LongStream.range(0, 50)
                        .mapToObj(seed ->
                                Victims.choose(masters, true, new Random(seed)).orElseThrow())
                        .distinct())
                .hasSize(3);
    }

    @Test
    void after_some_waiting_a_master_without_scheduler_will_do() {
        List<Master> masters = List.of(master("m1", "active", 4, 0), master("m2", "active", 0, 3));

        assertThat(Victims.choose(masters, true, new Random(1))).isEqualTo(Optional.empty());
        assertThat(Victims.choose(masters, false, new Random(1))).contains("m1");
    }

    private static Master master(String name, String state, int claims, int schedulers) {
        return new Master(name, state, 7, claims, schedulers, false, 0);
    }
}
