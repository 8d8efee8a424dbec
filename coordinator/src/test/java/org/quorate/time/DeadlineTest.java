package org.quorate.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeadlineTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    /** The last one lets the clock overflow before the deadline. */
    @ParameterizedTest
    @ValueSource(longs = {0, -7_000_000_000L, 42, Long.MAX_VALUE - 5})
    void a_deadline_is_over_from_its_own_instant_on(long now) {
        Deadline deadline = Deadline.after(SECOND, now);

        assertThat(deadline.isOver(now)).isFalse();
        assertThat(deadline.isOver(now + SECOND.toNanos() - 1)).isFalse();
        assertThat(deadline.isOver(now + SECOND.toNanos())).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, Long.MAX_VALUE - 5})
    void the_remaining_time_is_never_negative(long now) {
        Deadline deadline = Deadline.after(SECOND, now);

        assertThat(deadline.remaining(now + 1)).isEqualTo(SECOND.minusNanos(1));
        assertThat(deadline.remaining(now + 2 * SECOND.toNanos())).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, Long.MAX_VALUE - 5})
    void the_later_deadline_is_found_across_an_overflow(long now) {
        Deadline first = Deadline.after(Duration.ZERO, now);
        Deadline second = Deadline.after(SECOND, now);

        assertThat(first.later(second)).isEqualTo(second);
        assertThat(second.later(first)).isEqualTo(second);
        assertThat(second.isAfter(first)).isTrue();
        assertThat(first.isAfter(first)).isFalse();
    }

    @Test
    void the_shorter_and_the_longer_duration_are_found() {
        assertThat(DurationOrder.shorter(SECOND, Duration.ZERO)).isZero();
        assertThat(DurationOrder.longer(Duration.ZERO, SECOND)).isEqualTo(SECOND);
    }
}
