package org.quorate.claim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.quorate.claim.ClaimBudget.Room;

class LowWaterMarksTest {
    private static final long SECOND = 1_000_000_000L;

    private final LowWaterMarks marks = new LowWaterMarks();

    @Test
    void a_full_answer_raises_the_mark_to_the_last_claim() {
        ClaimBudget asked = budget(2);

        marks.learn(asked, List.of(claim(7, 5, 100, 1), claim(7, 0, 90, 2)), 0);

        assertThat(marks.of(7, SECOND / 2)).isEqualTo(new LowWaterMark(0, 90, 2));
        assertThat(marks.of(8, SECOND / 2)).isEqualTo(LowWaterMark.LOWEST);
    }

    @Test
    void an_answer_with_too_few_claims_forgets_the_mark() {
        marks.learn(budget(1), List.of(claim(7, 0, 90, 2)), 0);

        marks.learn(budget(2), List.of(claim(7, 0, 91, 3)), 1);

        assertThat(marks.of(7, 2)).isEqualTo(LowWaterMark.LOWEST);
    }

    @Test
    void a_mark_is_forgotten_a_second_after_the_first_one_however_often_it_rose() {
        marks.learn(budget(1), List.of(claim(7, 0, 90, 2)), 0);
        marks.learn(budget(1), List.of(claim(7, 0, 91, 3)), SECOND - 1);

        assertThat(marks.of(7, SECOND - 1)).isEqualTo(new LowWaterMark(0, 91, 3));
        assertThat(marks.of(7, SECOND)).isEqualTo(LowWaterMark.LOWEST);
    }

    @Test
    void a_builder_that_got_nothing_because_the_limit_was_reached_keeps_its_mark() {
        marks.learn(budget(1), List.of(claim(7, 0, 90, 2)), 0);
        ClaimBudget two = new ClaimBudget(
                List.of(new Wanted(7, 1, LowWaterMark.LOWEST), new Wanted(8, 1, LowWaterMark.LOWEST)), 1);

        marks.learn(two, List.of(claim(8, 9, 80, 9)), 1);

        assertThat(marks.of(7, 2)).isEqualTo(new LowWaterMark(0, 90, 2));
    }

    @Test
    void a_hint_a_release_or_a_failover_forgets_all_marks() {
        ClaimBudget two = new ClaimBudget(
                List.of(new Wanted(7, 1, LowWaterMark.LOWEST), new Wanted(8, 1, LowWaterMark.LOWEST)), 2);
        marks.learn(two, List.of(claim(7, 0, 90, 2), claim(8, 0, 90, 3)), 0);

        marks.forgetAll();

        assertThat(marks.of(7, 1)).isEqualTo(LowWaterMark.LOWEST);
        assertThat(marks.of(8, 1)).isEqualTo(LowWaterMark.LOWEST);
    }

    private ClaimBudget budget(int slots) {
        return ClaimBudget.of(100, 50, List.of(new Room(7, slots)), marks, 0);
    }

    static Claim claim(int builderid, int priority, int submittedAt, int brid) {
        return new Claim(new Attempt(brid, new UUID(0, 1)), builderid, "b" + builderid, 1, priority, submittedAt, "{}");
    }
}
