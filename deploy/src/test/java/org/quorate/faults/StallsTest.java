package org.quorate.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class StallsTest {
    private static final Instant NOON = Instant.parse("2026-11-26T12:00:00Z");

    private final Stalls stalls = new Stalls();

    @Test
    void a_pause_that_was_only_a_little_long_is_no_stall() {
        stalls.slept(NOON, Duration.ofMillis(999));

        assertThat(stalls.all()).isEmpty();
        assertThat(stalls.between(NOON.minusSeconds(60), NOON.plusSeconds(60))).isFalse();
    }

    @Test
    void a_stall_is_listed_and_counts_only_for_the_spans_that_it_touches() {
        stalls.slept(NOON, Duration.ofSeconds(3));

        assertThat(stalls.all()).extracting(Stalls.Stall::seconds).containsExactly(3.0);
        assertThat(stalls.between(NOON.minusSeconds(20), NOON.plusSeconds(1))).isTrue();
        assertThat(stalls.between(NOON.plusSeconds(2), NOON.plusSeconds(22))).isTrue();
        assertThat(stalls.between(NOON.minusSeconds(20), NOON)).isFalse();
        assertThat(stalls.between(NOON.plusSeconds(3), NOON.plusSeconds(23))).isFalse();
    }
}
