package org.quorate.agent.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.master.Fenced;
import org.quorate.scheduler.Ownership;
import org.quorate.scheduler.Schedulers.TickResult;
import org.quorate.scheduler.Tick;

/** Ticks over a real link. */
class TicksTest {
    private static final Duration SOON = Duration.ofMinutes(5);
    /** 2026-11-24T00:00:00Z */
    private static final long MIDNIGHT = 1_795_478_400L;

    private static final String SCHEDULERS = """
            builders: {b: {command: ["true"]}}
            schedulers:
              often: {kind: periodic, every: 1s, builders: [b]}
              daily: {kind: nightly, at: "0 0 * * *", builders: [b], priority: 3, properties: {branch: main}}
              after: {kind: dependent, upstream: daily, builders: [b]}
            """;

    @TempDir
    Path directory;

    private RunningShell shell;

    @BeforeEach
    void start() throws Exception {
        shell = new RunningShell(directory).start(SCHEDULERS);
        await().atMost(SOON).until(() -> shell.agent.links.size() == 1);
    }

    @AfterEach
    void close() {
        shell.close();
    }

    @Test
    void an_owned_scheduler_ticks_each_of_its_times_once_until_it_is_disowned() {
        own("often", 5, MIDNIGHT, MIDNIGHT);

        await().atMost(SOON).until(() -> shell.agent.occasions().size() >= 3);
        shell.agent.link().disown("often");

        assertThat(shell.agent.ticks).extracting(Tick::term).containsOnly(5L);
        assertThat(shell.agent.ticks)
                .extracting(Tick::occasion)
                .doesNotHaveDuplicates()
                .startsWith("at 2026-11-24T00:00:01Z");
    }

    @Test
    void of_the_times_that_a_scheduler_missed_the_latest_fires() {
        own("daily", 2, MIDNIGHT - 3 * 86_400, MIDNIGHT + 7200);

        await().atMost(SOON).until(() -> shell.agent.ticks.size() == 1);
        assertThat(shell.agent.ticks.get(0))
                .isEqualTo(new Tick(
                        "daily",
                        2,
                        "at 2026-11-24T00:00:00Z",
                        MIDNIGHT,
                        List.of("b"),
                        3,
                        "nightly 2026-11-24T00:00:00Z",
                        "{\"branch\":\"main\"}"));
    }

    @Test
    void an_early_tick_is_sent_again() {
        AtomicInteger asked = new AtomicInteger();
        shell.agent.ticking = tick -> new TickResult(
                asked.incrementAndGet() < 3 ? TickResult.State.EARLY : TickResult.State.COMMITTED,
                1,
                tick.atEpochSecond() * 1000 - (asked.get() < 3 ? 100 : 0));

        own("daily", 2, MIDNIGHT - 86_400, MIDNIGHT + 1);

        await().atMost(SOON).until(() -> shell.agent.occasions().size() == 1);
        assertThat(asked.get()).isGreaterThanOrEqualTo(3);
    }

    @Test
    void a_fenced_term_stops_at_once() {
        shell.agent.ticking = tick -> {
            throw new Fenced("term " + tick.term() + " of " + tick.scheduler() + " is over");
        };
        own("often", 5, MIDNIGHT, MIDNIGHT);
        await().atMost(SOON).until(() -> shell.agent.ticks.size() == 1);

        shell.agent.ticking = tick -> new TickResult(TickResult.State.COMMITTED, 1, tick.atEpochSecond() * 1000);
        own("daily", 2, MIDNIGHT - 86_400, MIDNIGHT + 1);

        await().atMost(SOON).until(() -> shell.agent.occasions().size() == 1);
        assertThat(shell.agent.occasions()).containsExactly("daily at 2026-11-24T00:00:00Z");
    }

    @Test
    void a_tick_that_is_impossible_now_is_sent_again_until_it_succeeds() {
        AtomicInteger asked = new AtomicInteger();
        shell.agent.ticking = tick -> {
            if (asked.incrementAndGet() < 3) {
                throw new IllegalStateException("the database cannot be reached");
            }
            return new TickResult(TickResult.State.COMMITTED, 1, tick.atEpochSecond() * 1000);
        };

        own("daily", 2, MIDNIGHT - 86_400, MIDNIGHT + 1);

        await().atMost(SOON).until(() -> shell.agent.occasions().size() == 1);
    }

    @Test
    void due_buildsets_tick_a_dependent_scheduler() {
        own("after", 9, 0, MIDNIGHT);
        shell.agent.link().due("after", List.of(11, 12));
        shell.agent.link().due("after", List.of(11, 12));

        await().atMost(SOON).until(() -> shell.agent.occasions().size() == 2);
        assertThat(shell.agent.occasions()).containsExactlyInAnyOrder("after buildset 11", "after buildset 12");
    }

    @Test
    void after_the_link_was_lost_a_scheduler_ticks_only_in_a_new_term() {
        own("often", 5, MIDNIGHT, MIDNIGHT);
        await().atMost(SOON).until(() -> shell.agent.ticks.size() >= 1);

        shell.stopAgent();
        shell.startAgent();
        await().atMost(SOON).until(() -> shell.agent.links.size() == 2);
        own("daily", 2, MIDNIGHT - 86_400, MIDNIGHT + 1);
        await().atMost(SOON).until(() -> shell.agent.occasions().contains("daily at 2026-11-24T00:00:00Z"));
        int before = shell.agent.ticks.size();
        own("often", 6, MIDNIGHT, MIDNIGHT + 60);

        await().atMost(SOON).until(() -> shell.agent.ticks.size() > before);
        assertThat(shell.agent.ticks.get(before).term()).isEqualTo(6);
        assertThat(shell.agent.ticks.get(before).occasion()).isEqualTo("at 2026-11-24T00:01:00Z");
    }

    private void own(String scheduler, long term, long lastTick, long now) {
        shell.agent.link().own(new Ownership(scheduler, term, true, lastTick, now * 1000));
    }
}
