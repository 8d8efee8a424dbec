package org.quorate.master;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TrustTest {
    private static final Duration TRUST = Duration.ofSeconds(4);

    @Test
    void nobody_is_trusted_before_the_first_acknowledgement() {
        assertThat(Trust.none().isTrustedAt(0)).isFalse();
        assertThat(Trust.none().isTrustedAt(Long.MIN_VALUE)).isFalse();
        assertThat(Trust.none().remainingAt(7)).isZero();
    }

    @Test
    void trust_ends_exactly_when_its_time_is_over() {
        Trust trust = Trust.none().acknowledged(100, Duration.ofNanos(50));

        assertThat(trust.isTrustedAt(149)).isTrue();
        assertThat(trust.remainingAt(149)).isEqualTo(Duration.ofNanos(1));
        assertThat(trust.isTrustedAt(150)).isFalse();
        assertThat(trust.remainingAt(150)).isZero();
    }

    @Test
    void an_acknowledgement_that_comes_late_does_not_shorten_the_trust() {
        Trust young = Trust.none().acknowledged(1_000, TRUST);

        assertThat(young.acknowledged(500, TRUST)).isSameAs(young);
    }

    /**
     * Heartbeats are sent at any interval, and their answers may be lost or arrive in any order, also near the
     * overflow.
     */
    @Property(tries = 3_000)
    void trust_never_outlives_its_span_from_the_youngest_acknowledged_heartbeat(
            @ForAll long start,
            @ForAll @Size(min = 1, max = 30) List<@IntRange(min = 0, max = 3_000) Integer> gapsMillis,
            @ForAll @Size(30) List<Boolean> lost,
            @ForAll @Size(30) List<@IntRange(min = 0, max = 5) Integer> delays) {
        long sent = start;
        long youngest = start;
        boolean any = false;
        Trust trust = Trust.none();
        long[] outbox = new long[gapsMillis.size()];
        for (int i = 0; i < gapsMillis.size(); i++) {
            sent += gapsMillis.get(i) * 1_000_000L;
            outbox[i] = sent;
            int answered = Math.max(0, i - delays.get(i));
            if (!lost.get(i)) {
                trust = trust.acknowledged(outbox[answered], TRUST);
                youngest = any && youngest - outbox[answered] > 0 ? youngest : outbox[answered];
                any = true;
            }
            boolean expected = any && sent - youngest < TRUST.toNanos();
            assertThat(trust.isTrustedAt(sent)).isEqualTo(expected);
            assertThat(trust.remainingAt(sent)).isLessThanOrEqualTo(TRUST);
        }
        assertThat(trust.isTrustedAt(sent + TRUST.toNanos())).isFalse();
    }
}
