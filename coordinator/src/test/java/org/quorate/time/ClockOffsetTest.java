package org.quorate.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ClockOffsetTest {
    private static final Instant NOON = Instant.parse("2026-11-24T12:00:00Z");

    @Test
    void the_database_is_taken_to_answer_in_the_middle_and_the_error_is_half_of_the_round_trip() {
        ClockOffset measured = ClockOffset.of(NOON, Duration.ofMillis(40), NOON.minusSeconds(90));

        assertThat(measured.ahead()).isEqualTo(Duration.ofMillis(90_020));
        assertThat(measured.error()).isEqualTo(Duration.ofMillis(20));
    }

    @Test
    void a_clock_that_is_behind_has_a_negative_offset() {
        assertThat(ClockOffset.of(NOON, Duration.ZERO, NOON.plusSeconds(2)).ahead())
                .isEqualTo(Duration.ofSeconds(-2));
    }

    @Test
    void two_readings_are_near_unless_their_errors_and_the_tolerance_cannot_explain_the_difference() {
        ClockOffset one = new ClockOffset(Duration.ofMillis(0), Duration.ofMillis(10));

        assertThat(one.isNear(new ClockOffset(Duration.ofMillis(-120), Duration.ofMillis(10)), Duration.ofMillis(100)))
                .isTrue();
        assertThat(one.isNear(new ClockOffset(Duration.ofMillis(121), Duration.ofMillis(10)), Duration.ofMillis(100)))
                .isFalse();
    }
}
