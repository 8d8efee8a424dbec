package org.quorate.agent.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.quorate.agent.status.AgentSnapshot.Mode;
import org.quorate.agent.status.AgentSnapshot.Pulse;

class AgentSnapshotTest {
    @Test
    void an_agent_that_does_not_trust_itself_is_neither_ready_nor_leader_nor_owner() {
        assertThat(Snapshots.good().isReady()).isTrue();
        assertThat(Snapshots.good().isLeader()).isTrue();
        assertThat(Snapshots.good().owns("nightly build")).isTrue();
        assertThat(Snapshots.untrusted().isReady()).isFalse();
        assertThat(Snapshots.untrusted().isLeader()).isFalse();
        assertThat(Snapshots.untrusted().owns("nightly build")).isFalse();
    }

    @Test
    void a_loop_is_late_after_two_of_its_periods_but_never_within_the_time_of_a_slow_statement() {
        Duration period = Duration.ofSeconds(20);

        assertThat(pulse(Duration.ofSeconds(40), period).isLate()).isFalse();
        assertThat(pulse(Duration.ofMillis(40_001), period).isLate()).isTrue();
        assertThat(pulse(Duration.ofSeconds(15), Duration.ZERO).isLate()).isFalse();
        assertThat(pulse(Duration.ofMillis(15_001), Duration.ZERO).isLate()).isTrue();
    }

    private static Pulse pulse(Duration age, Duration period) {
        return new Pulse("a", age, period, Optional.empty());
    }

    @Test
    void the_mode_shows_which_store_is_away() {
        assertThat(Mode.of(true, true)).isEqualTo(Mode.NORMAL);
        assertThat(Mode.of(false, true)).isEqualTo(Mode.WITHOUT_ZOOKEEPER);
        assertThat(Mode.of(true, false)).isEqualTo(Mode.WITHOUT_DATABASE);
        assertThat(Mode.of(false, false)).isEqualTo(Mode.ALONE);
    }
}
