package org.quorate.master;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.quorate.master.Housekeeping.Decision;
import org.quorate.master.Housekeeping.FailOver;
import org.quorate.master.Housekeeping.Findings;
import org.quorate.master.Housekeeping.Picture;
import org.quorate.master.Housekeeping.Release;
import org.quorate.master.MasterRow.State;

class HousekeepingTest {
    private static final Timing TIMING =
            Timing.of(Duration.ofSeconds(6), Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(3));

    private final Housekeeping housekeeping = new Housekeeping("m1", TIMING);
    private final MasterRow m1 = row(1, 11, State.ACTIVE);
    private final MasterRow m2 = row(2, 12, State.ACTIVE);
    private final MasterRow m3 = row(3, 13, State.ACTIVE);

    @Test
    void a_master_is_failed_over_when_a_look_one_grace_later_finds_it_still_absent() {
        assertThat(look(0, Set.of("m1", "m3"), m1, m2, m3)).isEmpty();
        assertThat(look(999, Set.of("m1", "m3"), m1, m2, m3)).isEmpty();

        List<Decision> decisions = look(1_000, Set.of("m1", "m3"), m1, m2, m3);

        assertThat(decisions)
                .containsExactly(new FailOver(m2, "m2 has been absent for 1000 ms and is active in epoch 12"));
    }

    @Test
    void a_failover_that_did_not_succeed_is_decided_again() {
        look(0, Set.of("m1", "m3"), m1, m2, m3);
        look(1_000, Set.of("m1", "m3"), m1, m2, m3);

        assertThat(look(1_100, Set.of("m1", "m3"), m1, m2, m3)).hasSize(1);
    }

    @Test
    void a_master_that_reappears_between_two_looks_is_left_alone() {
        look(0, Set.of("m1", "m3"), m1, m2, m3);
        look(500, Set.of("m1", "m2", "m3"), m1, m2, m3);

        assertThat(look(1_000, Set.of("m1", "m3"), m1, m2, m3)).isEmpty();
    }

    @Test
    void the_absence_of_a_master_is_counted_from_its_new_registration() {
        look(0, Set.of("m1", "m3"), m1, m2, m3);

        assertThat(look(1_000, Set.of("m1", "m3"), m1, row(2, 40, State.ACTIVE), m3))
                .isEmpty();
    }

    @Test
    void a_failed_look_forgets_who_was_absent() {
        look(0, Set.of("m1", "m3"), m1, m2, m3);
        housekeeping.lookFailed();

        assertThat(look(1_000, Set.of("m1", "m3"), m1, m2, m3)).isEmpty();
        assertThat(look(2_000, Set.of("m1", "m3"), m1, m2, m3)).hasSize(1);
    }

    @Test
    void the_housekeeper_never_fences_itself_and_believes_no_picture_that_lacks_it() {
        look(0, Set.of("m3"), m1, m2, m3);

        assertThat(look(5_000, Set.of("m3"), m1, m2, m3)).isEmpty();
        assertThat(look(5_001, Set.of("m1", "m3"), m1, m2, m3)).isEmpty();
    }

    @Test
    void when_all_others_vanish_at_once_the_second_look_comes_after_twice_the_grace() {
        look(0, Set.of("m1", "m2", "m3"), m1, m2, m3);
        look(100, Set.of("m1"), m1, m2, m3);

        assertThat(look(1_100, Set.of("m1"), m1, m2, m3)).isEmpty();
        assertThat(look(2_100, Set.of("m1"), m1, m2, m3)).hasSize(2);
    }

    @Test
    void the_only_other_master_is_failed_over_after_one_grace() {
        look(0, Set.of("m1"), m1, m2);

        assertThat(look(1_000, Set.of("m1"), m1, m2)).hasSize(1);
    }

    @Test
    void a_fenced_master_is_released_when_its_kill_time_is_over() {
        MasterRow fenced = row(2, 50, State.FENCED);
        look(0, Set.of("m1", "m2"), m1, fenced);
        housekeeping.lookFailed();

        assertThat(look(1_999, Set.of("m1"), m1, fenced)).isEmpty();
        assertThat(look(2_000, Set.of("m1"), m1, fenced))
                .containsExactly(
                        new Release(fenced, "m2 has been fenced for 2000 ms, its kill time of 2000 ms is over"));
    }

    @Test
    void nothing_is_decided_about_a_dead_master() {
        look(0, Set.of("m1"), m1, row(2, 50, State.DEAD));

        assertThat(look(9_000, Set.of("m1"), m1, row(2, 50, State.DEAD))).isEmpty();
    }

    @Test
    void the_next_look_comes_when_the_first_decision_is_due() {
        assertThat(findings(0, Set.of("m1", "m2"), m1, m2).nextLookIn()).isEqualTo(TIMING.quietLook());
        assertThat(findings(0, Set.of("m1"), m1, m2).nextLookIn()).isEqualTo(TIMING.grace());
        assertThat(findings(400, Set.of("m1"), m1, m2).nextLookIn()).isEqualTo(Duration.ofMillis(600));
    }

    private List<Decision> look(long millis, Set<String> living, MasterRow... rows) {
        return findings(millis, living, rows).decisions();
    }

    private Findings findings(long millis, Set<String> living, MasterRow... rows) {
        return housekeeping.look(new Picture(living, Arrays.asList(rows), millis * 1_000_000));
    }

    static MasterRow row(int masterid, long epoch, State state) {
        return new MasterRow(masterid, "m" + masterid, epoch, new UUID(0, epoch), state, false);
    }
}
