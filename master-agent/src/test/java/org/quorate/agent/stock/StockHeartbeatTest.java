package org.quorate.agent.stock;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.quorate.master.StockActivity;

class StockHeartbeatTest {
    private static final Duration LOOK = Duration.ofSeconds(10);
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private final StockHeartbeat heartbeats = new StockHeartbeat(LIMIT, LOOK, 0);
    private String server = "a server";
    private int lastActive;
    private long nanos;

    private Optional<String> look() {
        nanos += LOOK.toNanos();
        return heartbeats.look(Optional.of(new StockActivity.Heartbeat(lastActive, server)), nanos);
    }

    /** Looks for this long at a heartbeat that is written at this interval. Returns the first sentence. */
    private Optional<String> watch(Duration span, Duration interval) {
        Optional<String> sentence = Optional.empty();
        for (long second = 10; second <= span.toSeconds() && sentence.isEmpty(); second += 10) {
            lastActive += second % interval.toSeconds() == 0 ? 60 : 0;
            sentence = look();
        }
        return sentence;
    }

    private Optional<String> still(Duration span) {
        return watch(span, Duration.ofDays(1));
    }

    @Test
    void a_buildmaster_that_was_seen_starting_is_known_to_beat() {
        heartbeats.starts();

        assertThat(still(LIMIT.plus(LOOK))).isEmpty();
        assertThat(still(LOOK)).contains("the buildmaster's heartbeat in the database has stood still for 310 s");
    }

    @Test
    void a_buildmaster_that_was_found_running_is_known_to_beat_after_two_heartbeats() {
        assertThat(still(Duration.ofHours(1))).isEmpty();
        assertThat(watch(Duration.ofMinutes(1), Duration.ofMinutes(1))).isEmpty();
        assertThat(still(Duration.ofHours(1))).isEmpty();

        assertThat(watch(Duration.ofMinutes(2), Duration.ofMinutes(1))).isEmpty();

        assertThat(still(LIMIT.plus(LOOK))).isPresent();
    }

    @Test
    void the_housekeepers_refresh_every_eight_minutes_is_not_a_heartbeat() {
        assertThat(watch(Duration.ofHours(10), Duration.ofMinutes(8))).isEmpty();
    }

    @Test
    void the_housekeepers_refresh_does_not_hide_a_hang() {
        heartbeats.starts();

        assertThat(watch(Duration.ofMinutes(6), Duration.ofMinutes(8))).isPresent();
    }

    @Test
    void a_restart_of_the_database_server_may_have_ended_the_timer() {
        heartbeats.starts();
        assertThat(watch(Duration.ofMinutes(10), Duration.ofMinutes(1))).isEmpty();

        server = "the same, started again";

        assertThat(still(Duration.ofHours(1))).isEmpty();
    }

    @Test
    void a_clock_that_was_set_back_is_a_heartbeat_too() {
        heartbeats.starts();
        for (int minutes = 0; minutes < 60; minutes++) {
            assertThat(still(Duration.ofSeconds(50))).isEmpty();
            lastActive -= 3600;
            assertThat(look()).isEmpty();
        }
    }
}
