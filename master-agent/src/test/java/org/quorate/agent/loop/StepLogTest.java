package org.quorate.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.quorate.agent.loop.Step.Taken;
import org.slf4j.LoggerFactory;

class StepLogTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final Logger logger = (Logger) LoggerFactory.getLogger("org.quorate.steplogtest");
    private final ListAppender<ILoggingEvent> appender = new ListAppender<>();
    private final AtomicLong nanos = new AtomicLong();
    private final StepLog log = new StepLog(logger, nanos::get);

    @BeforeEach
    void listen() {
        logger.setLevel(Level.INFO);
        appender.start();
        logger.addAppender(appender);
    }

    @AfterEach
    void stop() {
        logger.detachAppender(appender);
    }

    @Test
    void a_refusal_that_stands_is_a_warning_once_and_again_every_five_minutes_whatever_its_milliseconds() {
        for (int seconds = 0; seconds < 720; seconds++) {
            log.log(Taken.refused("request timed out after " + (2000 + seconds % 7) + "ms", SECOND));
            nanos.addAndGet(SECOND.toNanos());
        }

        assertThat(lines())
                .containsExactly(
                        "WARN request timed out after 2000ms",
                        "WARN request timed out after 2006ms (for 5 minutes)",
                        "WARN request timed out after 2005ms (for 10 minutes)");
    }

    @Test
    void what_only_an_operator_can_change_is_an_error() {
        log.log(Taken.hopeless("this database belongs to the cluster ci, not to prod", SECOND));

        assertThat(lines()).containsExactly("ERROR this database belongs to the cluster ci, not to prod");
    }

    @Test
    void two_troubles_that_take_turns_are_each_logged_once() {
        for (int i = 0; i < 10; i++) {
            log.log(Taken.waiting("refused", SECOND));
            log.log(Taken.waiting("timed out", SECOND));
        }

        assertThat(lines()).containsExactly("WARN refused", "WARN timed out");
    }

    @Test
    void the_end_of_a_trouble_is_logged_and_the_next_one_is_a_warning_again() {
        log.log(new Taken("listening", SECOND));
        log.log(Taken.waiting("cannot listen", SECOND));
        log.log(new Taken("listening", SECOND));
        log.log(new Taken("listening", SECOND));
        log.log(Taken.waiting("cannot listen", SECOND));

        assertThat(lines())
                .containsExactly("INFO listening", "WARN cannot listen", "INFO listening", "WARN cannot listen");
    }

    @Test
    void work_that_differs_only_in_numbers_is_logged_each_time() {
        log.log(new Taken("claimed 3", SECOND));
        log.log(new Taken("claimed 4", SECOND));

        assertThat(lines()).containsExactly("INFO claimed 3", "INFO claimed 4");
    }

    @Test
    void a_reason_names_the_deepest_cause_and_not_only_a_class() {
        assertThat(Reason.of(new UncheckedIOException(
                        "cannot write agent.json.new",
                        new FileSystemException("agent.json.new", null, "No space left on device"))))
                .isEqualTo("cannot write agent.json.new: agent.json.new: No space left on device");
        assertThat(Reason.of(new UncheckedIOException("cannot write", new AccessDeniedException("/state"))))
                .isEqualTo("cannot write: AccessDeniedException: /state");
        assertThat(Reason.of(new IllegalStateException())).isEqualTo("IllegalStateException");
        assertThat(Reason.of(new IllegalStateException("one\n  two"))).isEqualTo("one | two");
    }

    private List<String> lines() {
        return appender.list.stream()
                .map(event -> event.getLevel() + " " + event.getFormattedMessage())
                .toList();
    }
}
