package org.quorate.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.quorate.agent.loop.LoopName.AfterAFailure;
import org.quorate.agent.loop.Pauses.Pause;
import org.quorate.agent.loop.Step.Outcome;
import org.quorate.agent.loop.Step.Taken;

class PausesTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    void the_pauses_after_a_refusal_double_to_half_a_minute_and_no_wake_up_ends_one_within_its_first_second() {
        Pauses pauses = new Pauses(AfterAFailure.AT_ONCE, () -> 0);

        List<Pause> taken = IntStream.range(0, 8)
                .mapToObj(i -> pauses.after(Taken.refused("refused", SECOND)))
                .toList();

        assertThat(taken)
                .extracting(pause -> pause.most().toSeconds())
                .containsExactly(1L, 2L, 4L, 8L, 16L, 30L, 30L, 30L);
        assertThat(taken).extracting(Pause::least).containsOnly(SECOND);
    }

    @Test
    void a_step_that_did_its_work_ends_the_growth() {
        Pauses pauses = new Pauses(AfterAFailure.AT_ONCE, () -> 0);
        pauses.after(Taken.refused("refused", SECOND));
        pauses.after(Taken.refused("refused", SECOND));

        assertThat(pauses.after(new Taken("", Duration.ofSeconds(5))))
                .isEqualTo(new Pause(Duration.ZERO, Duration.ofSeconds(5)));
        assertThat(pauses.after(Taken.hopeless("refused", SECOND)).most()).isEqualTo(SECOND);
    }

    @Test
    void agents_that_are_refused_together_do_not_come_back_together() {
        List<Duration> pauses = new ArrayList<>();
        for (double chance : List.of(0.0, 0.5, 1.0)) {
            pauses.add(new Pauses(AfterAFailure.AT_ONCE, () -> chance)
                    .after(Taken.refused("refused", SECOND))
                    .most());
        }

        assertThat(pauses).containsExactly(SECOND, Duration.ofMillis(875), Duration.ofMillis(750));
    }

    @Test
    void waiting_for_a_store_never_takes_longer_pauses_and_a_wake_up_soon_ends_each() {
        Pauses pauses = new Pauses(AfterAFailure.GROWING, () -> 0);

        for (int i = 0; i < 10; i++) {
            assertThat(pauses.after(Taken.waiting("away", SECOND)))
                    .isEqualTo(new Pause(Duration.ofMillis(250), SECOND));
        }
        assertThat(pauses.after(Taken.waiting("away", Duration.ofMillis(100))).least())
                .isEqualTo(Duration.ofMillis(100));
    }

    @Test
    void the_loops_that_keep_the_trust_or_fail_masters_over_do_not_back_off_after_a_failure() {
        for (LoopName loop : List.of(LoopName.FENCE, LoopName.MEMBERSHIP, LoopName.HOUSEKEEPING, LoopName.OWNERSHIP)) {
            Pauses pauses = new Pauses(loop.afterAFailure(), () -> 0);
            for (int i = 0; i < 10; i++) {
                assertThat(pauses.after(failed()).most()).as("%s", loop).isEqualTo(SECOND);
            }
        }
        assertThat(new Pauses(LoopName.FENCE.afterAFailure(), () -> 0)
                        .after(failed())
                        .least())
                .isZero();
        assertThat(new Pauses(LoopName.MEMBERSHIP.afterAFailure(), () -> 0)
                        .after(failed())
                        .least())
                .isZero();
    }

    private static Taken failed() {
        return new Taken("failed", SECOND, Outcome.FAILED);
    }
}
