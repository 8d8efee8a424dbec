package org.quorate.agent.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.quorate.agent.link.Link;
import org.quorate.agent.testing.RecordingLink;

class HangDetectorTest {
    private static final Duration LOOK = Duration.ofMillis(250);
    private static final Duration LIMIT = Duration.ofSeconds(15);

    private final HangDetector silence = new HangDetector(LIMIT, 0);
    private RecordingLink link = new RecordingLink();
    private long nanos;

    @BeforeEach
    void promise() {
        link.promised = Optional.of(Duration.ofSeconds(1));
        link.spoke = true;
        assertThat(look(LOOK)).isEmpty();
    }

    @Test
    void a_buildmaster_that_broke_its_promise_for_the_hang_limit_is_reported_once() {
        for (int looks = 0; looks < 60; looks++) {
            assertThat(look(LOOK)).isEmpty();
        }

        assertThat(look(LOOK))
                .hasValueSatisfying(sentence ->
                        assertThat(sentence).contains("silent for 15250 ms").contains("every 1000 ms"));
        assertThat(look(LOOK)).isEmpty();
    }

    @Test
    void a_message_in_time_ends_the_silence() {
        for (int messages = 0; messages < 20; messages++) {
            for (int looks = 0; looks < 59; looks++) {
                assertThat(look(LOOK)).isEmpty();
            }
            link.spoke = true;
            assertThat(look(LOOK)).isEmpty();
        }
    }

    @Test
    void an_agent_that_was_frozen_itself_does_not_blame_the_buildmaster() {
        for (int looks = 0; looks < 50; looks++) {
            assertThat(look(Duration.ofHours(1))).isEmpty();
        }
    }

    @Test
    void a_look_that_came_early_counts_as_long_as_it_took() {
        for (int looks = 0; looks < 1_500; looks++) {
            assertThat(look(Duration.ofMillis(10))).isEmpty();
        }

        assertThat(look(Duration.ofMillis(10))).isPresent();
    }

    @Test
    void the_limit_is_never_below_five_heartbeats() {
        link.promised = Optional.of(Duration.ofSeconds(10));

        for (int looks = 0; looks < 200; looks++) {
            assertThat(look(LOOK)).isEmpty();
        }
        assertThat(look(LOOK)).isPresent();
    }

    @Test
    void a_buildmaster_that_promised_nothing_may_be_silent() {
        link.promised = Optional.empty();

        for (int looks = 0; looks < 1_000; looks++) {
            assertThat(look(LOOK)).isEmpty();
        }
    }

    @Test
    void only_time_in_which_work_waits_counts_towards_the_limit() {
        AtomicBoolean holdsClaims = new AtomicBoolean();
        silence.countOnlyWhile(holdsClaims::get);

        for (int looks = 0; looks < 1_000; looks++) {
            assertThat(look(LOOK)).isEmpty();
        }
        assertThat(silence.silence()).isEqualTo(Duration.ofSeconds(250));
        holdsClaims.set(true);
        for (int looks = 0; looks < 60; looks++) {
            assertThat(look(LOOK)).isEmpty();
        }

        assertThat(look(LOOK))
                .hasValueSatisfying(sentence -> assertThat(sentence).contains("silent for 265250 ms"));
    }

    @Test
    void a_stall_is_shown_from_the_fifth_missing_heartbeat_until_the_buildmaster_speaks() {
        AtomicInteger changes = new AtomicInteger();
        silence.onChange(changes::incrementAndGet);
        for (int looks = 0; looks < 19; looks++) {
            look(LOOK);
        }
        assertThat(silence.sentence()).isEmpty();

        for (int looks = 0; looks < 29; looks++) {
            look(LOOK);
        }
        assertThat(silence.sentence()).contains("the reactor of its buildmaster has stood still for 12 s");
        assertThat(silence.silence()).isEqualTo(Duration.ofSeconds(12));

        link.spoke = true;
        look(LOOK);
        assertThat(silence.sentence()).isEmpty();
        assertThat(silence.silence()).isZero();
        assertThat(changes).hasValue(2);
    }

    @Test
    void a_new_link_begins_with_no_silence() {
        for (int looks = 0; looks < 60; looks++) {
            assertThat(look(LOOK)).isEmpty();
        }
        link = new RecordingLink();
        link.promised = Optional.of(Duration.ofSeconds(1));

        assertThat(look(LOOK)).isEmpty();
        assertThat(look(LOOK)).isEmpty();
    }

    private Optional<String> look(Duration after) {
        nanos += after.toNanos();
        return silence.look(Optional.<Link>of(link), nanos);
    }
}
