package org.quorate.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.quorate.claim.LowWaterMarksTest.claim;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.quorate.claim.ClaimBudget.Room;

class ClaimBackoffTest {
    private static final long DUE = ClaimBackoff.SECOND_LOOK.toNanos();

    private final ClaimBackoff lookout = new ClaimBackoff();
    private final ClaimBudget seven = budget(4, new Room(7, 2));
    private final ClaimBudget eight = budget(4, new Room(8, 2));

    @Test
    void a_builder_that_got_all_it_asked_for_is_worth_another_look_though_the_master_has_room_left() {
        lookout.learn(seven, List.of(claim(7, 0, 90, 1), claim(7, 0, 90, 2)), 0);

        assertThat(lookout.isWorthALook(seven)).isTrue();
        assertThat(lookout.isWaiting()).isFalse();
    }

    @Test
    void another_builders_empty_queue_says_nothing_about_a_full_one() {
        lookout.learn(seven, List.of(claim(7, 0, 90, 1), claim(7, 0, 90, 2)), 0);
        lookout.learn(eight, List.of(), 0);

        assertThat(lookout.isWorthALook(eight)).isFalse();
        assertThat(lookout.isWorthALook(seven)).isTrue();
        assertThat(lookout.isWorthALook(budget(4, new Room(7, 1), new Room(8, 2))))
                .isTrue();
    }

    @Test
    void a_short_answer_is_worth_one_second_look_and_no_third() {
        lookout.learn(seven, List.of(claim(7, 0, 90, 1)), 0);
        assertThat(lookout.isWorthALook(seven)).isFalse();
        assertThat(lookout.becameDue(DUE - 1)).isFalse();

        assertThat(lookout.becameDue(DUE)).isTrue();
        assertThat(lookout.isWorthALook(seven)).isTrue();
        lookout.learn(seven, List.of(), DUE);

        assertThat(lookout.isWorthALook(seven)).isFalse();
        assertThat(lookout.isWaiting()).isFalse();
        assertThat(lookout.becameDue(9 * DUE)).isFalse();
    }

    @Test
    void a_second_look_becomes_due_once_and_stays_open_until_somebody_asks() {
        lookout.learn(seven, List.of(), 0);

        assertThat(lookout.becameDue(DUE)).isTrue();
        assertThat(lookout.becameDue(2 * DUE)).isFalse();
        assertThat(lookout.isWorthALook(seven)).isTrue();
    }

    @Test
    void a_look_before_the_second_one_is_due_does_not_count_as_it() {
        lookout.learn(seven, List.of(), 0);
        lookout.learn(seven, List.of(), DUE / 2);

        assertThat(lookout.becameDue(DUE)).isTrue();
    }

    @Test
    void an_answer_that_the_limit_cut_off_says_nothing_of_those_behind_it() {
        ClaimBudget both = budget(2, new Room(7, 2), new Room(8, 2));

        lookout.learn(both, List.of(claim(7, 0, 90, 1), claim(7, 0, 90, 2)), 0);

        assertThat(lookout.isWorthALook(eight)).isTrue();
    }

    @Test
    void a_hint_makes_every_queue_worth_a_look() {
        lookout.learn(seven, List.of(), 0);
        lookout.forgetAll();

        assertThat(lookout.isWorthALook(seven)).isTrue();
        assertThat(lookout.isWaiting()).isFalse();
    }

    @Test
    void nothing_wanted_is_not_worth_a_look() {
        assertThat(lookout.isWorthALook(ClaimBudget.NOTHING)).isFalse();
    }

    private static ClaimBudget budget(int free, Room... rooms) {
        return ClaimBudget.of(free, 50, List.of(rooms), new LowWaterMarks(), 0);
    }
}
