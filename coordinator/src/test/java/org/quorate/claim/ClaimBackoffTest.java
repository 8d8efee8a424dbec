package org.quorate.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.quorate.claim.LowWaterMarksTest.claim;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.quorate.claim.ClaimBudget.Room;

class ClaimBackoffTest {
    private static final long DUE = ClaimBackoff.SECOND_LOOK.toNanos();

    private final ClaimBackoff backoff = new ClaimBackoff();
    private final ClaimBudget seven = budget(4, new Room(7, 2));
    private final ClaimBudget eight = budget(4, new Room(8, 2));

    @Test
    void a_builder_that_got_all_it_asked_for_is_worth_another_look_though_the_master_has_room_left() {
        backoff.learn(seven, List.of(claim(7, 0, 90, 1), claim(7, 0, 90, 2)), 0);

        assertThat(backoff.isWorthALook(seven)).isTrue();
        assertThat(backoff.isWaiting()).isFalse();
    }

    @Test
    void the_empty_queue_of_one_builder_does_not_delay_another_builder() {
        backoff.learn(seven, List.of(claim(7, 0, 90, 1), claim(7, 0, 90, 2)), 0);
        backoff.learn(eight, List.of(), 0);

        assertThat(backoff.isWorthALook(eight)).isFalse();
        assertThat(backoff.isWorthALook(seven)).isTrue();
        assertThat(backoff.isWorthALook(budget(4, new Room(7, 1), new Room(8, 2))))
                .isTrue();
    }

    @Test
    void an_answer_with_too_few_claims_is_worth_a_second_look_and_no_third() {
        backoff.learn(seven, List.of(claim(7, 0, 90, 1)), 0);
        assertThat(backoff.isWorthALook(seven)).isFalse();
        assertThat(backoff.becameDue(DUE - 1)).isFalse();

        assertThat(backoff.becameDue(DUE)).isTrue();
        assertThat(backoff.isWorthALook(seven)).isTrue();
        backoff.learn(seven, List.of(), DUE);

        assertThat(backoff.isWorthALook(seven)).isFalse();
        assertThat(backoff.isWaiting()).isFalse();
        assertThat(backoff.becameDue(9 * DUE)).isFalse();
    }

    @Test
    void a_second_look_becomes_due_once_and_stays_open_until_somebody_asks() {
        backoff.learn(seven, List.of(), 0);

        assertThat(backoff.becameDue(DUE)).isTrue();
        assertThat(backoff.becameDue(2 * DUE)).isFalse();
        assertThat(backoff.isWorthALook(seven)).isTrue();
    }

    @Test
    void a_look_before_the_second_one_is_due_does_not_count_as_it() {
        backoff.learn(seven, List.of(), 0);
        backoff.learn(seven, List.of(), DUE / 2);

        assertThat(backoff.becameDue(DUE)).isTrue();
    }

    @Test
    void a_builder_that_got_nothing_because_the_limit_was_reached_is_worth_a_look() {
        ClaimBudget both = budget(2, new Room(7, 2), new Room(8, 2));

        backoff.learn(both, List.of(claim(7, 0, 90, 1), claim(7, 0, 90, 2)), 0);

        assertThat(backoff.isWorthALook(eight)).isTrue();
    }

    @Test
    void a_hint_makes_every_queue_worth_a_look() {
        backoff.learn(seven, List.of(), 0);
        backoff.forgetAll();

        assertThat(backoff.isWorthALook(seven)).isTrue();
        assertThat(backoff.isWaiting()).isFalse();
    }

    @Test
    void nothing_wanted_is_not_worth_a_look() {
        assertThat(backoff.isWorthALook(ClaimBudget.NOTHING)).isFalse();
    }

    private static ClaimBudget budget(int free, Room... rooms) {
        return ClaimBudget.of(free, 50, List.of(rooms), new LowWaterMarks(), 0);
    }
}
