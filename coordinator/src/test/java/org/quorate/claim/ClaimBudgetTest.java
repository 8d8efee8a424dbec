package org.quorate.claim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.quorate.claim.ClaimBudget.Room;

class ClaimBudgetTest {
    @Test
    void a_full_master_claims_nothing() {
        assertThat(ClaimBudget.of(0, 50, List.of(new Room(1, 9)), new LowWaterMarks(), 0))
                .isEqualTo(ClaimBudget.NOTHING);
        assertThat(ClaimBudget.NOTHING.isNothing()).isTrue();
    }

    @Test
    void a_builders_queue_is_searched_from_its_low_water_mark_up() {
        LowWaterMarks marks = new LowWaterMarks();
        marks.learn(
                ClaimBudget.of(9, 50, List.of(new Room(1, 1)), marks, 0),
                List.of(LowWaterMarksTest.claim(1, 0, 90, 4)),
                0);

        ClaimBudget budget = ClaimBudget.of(9, 50, List.of(new Room(1, 2)), marks, 1);

        assertThat(budget).isEqualTo(new ClaimBudget(List.of(new Wanted(1, 2, new LowWaterMark(0, 90, 4))), 2));
    }

    @Provide
    Arbitrary<List<Room>> rooms() {
        return Combinators.combine(
                        Arbitraries.integers().between(1, 50),
                        Arbitraries.integers().between(-2, 20))
                .as(Room::new)
                .list()
                .ofMaxSize(20)
                .uniqueElements(Room::builderid);
    }

    @Property(tries = 2_000)
    void no_budget_exceeds_the_free_slots_of_a_builder_or_of_the_master(
            @ForAll("rooms") List<Room> rooms,
            @ForAll @IntRange(min = 0, max = 200) int free,
            @ForAll @IntRange(min = 1, max = 50) int batch) {
        ClaimBudget budget = ClaimBudget.of(free, batch, rooms, new LowWaterMarks(), 0);

        Map<Integer, Room> byBuilder = rooms.stream().collect(Collectors.toMap(Room::builderid, room -> room));
        int ofBuilders =
                rooms.stream().mapToInt(room -> Math.max(0, room.free())).sum();
        assertThat(budget.limit()).isEqualTo(Math.min(Math.min(batch, free), ofBuilders));
        assertThat(budget.wanted()).allSatisfy(wanted -> {
            assertThat(wanted.slots()).isPositive().isLessThanOrEqualTo(budget.limit());
            assertThat(wanted.slots())
                    .isLessThanOrEqualTo(byBuilder.get(wanted.builderid()).free());
        });
    }
}
