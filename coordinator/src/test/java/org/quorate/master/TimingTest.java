package org.quorate.master;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TimingTest {
    private static final Duration T = Duration.ofSeconds(6);
    private static final Duration GRACE = Duration.ofSeconds(1);
    private static final Duration KILL_TIME = Duration.ofSeconds(2);
    private static final Duration SQL_TIMEOUT = Duration.ofSeconds(3);

    @Test
    void the_default_spans_have_no_mistake_and_keep_the_promised_bounds() {
        Timing timing = Timing.of(T, GRACE, KILL_TIME, SQL_TIMEOUT);

        assertThat(timing.mistakes()).isEmpty();
        assertThat(timing.heartbeat()).isEqualTo(Duration.ofSeconds(1));
        assertThat(timing.trust()).isEqualTo(Duration.ofSeconds(4));
        assertThat(timing.slack()).isEqualTo(Duration.ofSeconds(1));
        assertThat(timing.failoverBound()).isEqualTo(T.plusSeconds(2));
        assertThat(timing.vanishedBound()).isEqualTo(T.plus(KILL_TIME).plusSeconds(2));
    }

    @Test
    void all_mistakes_are_reported_at_once_with_their_values() {
        Timing timing = Timing.of(T, Duration.ZERO, Duration.ofSeconds(4), T);

        assertThat(timing.mistakes())
                .containsExactly(
                        "grace 0 ms is not more than nothing",
                        "SQL timeout 6000 ms is not less than the session timeout 6000 ms",
                        "trust 4000 ms + kill time 4000 ms is more than session timeout 6000 ms + grace 0 ms: "
                                + "builds could still run when their buildrequests are claimed again");
    }

    @Test
    void a_slow_heartbeat_or_too_much_trust_is_a_mistake() {
        Timing timing = new Timing(T, GRACE, KILL_TIME, SQL_TIMEOUT, Duration.ofMillis(2600), Duration.ofMillis(4001));

        assertThat(timing.mistakes())
                .containsExactly(
                        "heartbeat 2600 ms is more than a sixth of the session timeout 6000 ms",
                        "trust 4001 ms is more than two thirds of the session timeout 6000 ms",
                        "trust 4001 ms does not outlast two heartbeats of 2600 ms: one that is late would fence the"
                                + " master");
    }

    @Property
    void spans_without_mistakes_stop_a_master_before_another_takes_its_place(
            @ForAll @IntRange(min = 0, max = 60_000) int sessionTimeout,
            @ForAll @IntRange(min = 0, max = 10_000) int grace,
            @ForAll @IntRange(min = 0, max = 20_000) int killTime,
            @ForAll @IntRange(min = 0, max = 60_000) int sqlTimeout) {
        Timing timing = Timing.of(
                Duration.ofMillis(sessionTimeout),
                Duration.ofMillis(grace),
                Duration.ofMillis(killTime),
                Duration.ofMillis(sqlTimeout));

        if (timing.mistakes().isEmpty()) {
            assertThat(timing.slack()).isGreaterThanOrEqualTo(Duration.ZERO);
            Duration stopped = timing.trust().plus(timing.slack()).plus(timing.killTime());
            Duration soonestFence = timing.sessionTimeout().plus(timing.grace());
            assertThat(stopped).isLessThanOrEqualTo(soonestFence);
            assertThat(timing.sqlTimeout()).isLessThan(timing.sessionTimeout());
            assertThat(timing.failoverBound()).isGreaterThan(soonestFence);
        }
    }
}
