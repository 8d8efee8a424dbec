package org.quorate.claim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.quorate.claim.ClaimBudget.Room;

class LowWaterMarksTest {
    private static final long SECOND = 1_000_000_000L;

    private final LowWaterMarks floors = new LowWaterMarks();

    @Test
    void a_full_answer_raises_the_floor_to_the_last_claim() {
        ClaimBudget asked = budget(2);

        floors.learn(asked, List.of(claim(7, 5, 100, 1), claim(7, 0, 90, 2)), 0);

        assertThat(floors.of(7, SECOND / 2)).isEqualTo(new LowWaterMark(0, 90, 2));
        assertThat(floors.of(8, SECOND / 2)).isEqualTo(LowWaterMark.LOWEST);
    }

    @Test
    void a_short_answer_forgets_the_floor() {
        floors.learn(budget(1), List.of(claim(7, 0, 90, 2)), 0);

        floors.learn(budget(2), List.of(claim(7, 0, 91, 3)), 1);

        assertThat(floors.of(7, 2)).isEqualTo(LowWaterMark.LOWEST);
    }

    @Test
    void a_floor_is_forgotten_a_second_after_it_began_however_often_it_rose() {
        floors.learn(budget(1), List.of(claim(7, 0, 90, 2)), 0);
        floors.learn(budget(1), List.of(claim(7, 0, 91, 3)), SECOND - 1);

        assertThat(floors.of(7, SECOND - 1)).isEqualTo(new LowWaterMark(0, 91, 3));
        assertThat(floors.of(7, SECOND)).isEqualTo(LowWaterMark.LOWEST);
    }

    @Test
    void a_builder_that_the_limit_cut_off_keeps_its_floor() {
        floors.learn(budget(1), List.of(claim(7, 0, 90, 2)), 0);
        ClaimBudget two = new ClaimBudget(
                List.of(new Wanted(7, 1, LowWaterMark.LOWEST), new Wanted(8, 1, LowWaterMark.LOWEST)), 1);

        floors.learn(two, List.of(claim(8, 9, 80, 9)), 1);

        assertThat(floors.of(7, 2)).isEqualTo(new LowWaterMark(0, 90, 2));
    }

    @Test
    void a_wake_up_forgets_one_floor_and_a_failover_all() {
        ClaimBudget two = new ClaimBudget(
                List.of(new Wanted(7, 1, LowWaterMark.LOWEST), new Wanted(8, 1, LowWaterMark.LOWEST)), 2);
        floors.learn(two, List.of(claim(7, 0, 90, 2), claim(8, 0, 90, 3)), 0);

        floors.forget(7);
        assertThat(floors.of(7, 1)).isEqualTo(LowWaterMark.LOWEST);
        assertThat(floors.of(8, 1)).isNotEqualTo(LowWaterMark.LOWEST);

        floors.forgetAll();
        assertThat(floors.of(8, 1)).isEqualTo(LowWaterMark.LOWEST);
    }

    private ClaimBudget budget(int slots) {
        return ClaimBudget.of(100, 50, List.of(new Room(7, slots)), floors, 0);
    }

    static Claim claim(int builderid, int priority, int submittedAt, int brid) {
        return new Claim(new Attempt(brid, new UUID(0, 1)), builderid, "b" + builderid, 1, priority, submittedAt, "{}");
    }
}
