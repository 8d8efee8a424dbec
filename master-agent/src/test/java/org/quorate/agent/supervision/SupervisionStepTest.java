package org.quorate.agent.supervision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.agent.authority.MasterState;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.inbox.AttachedBuildmaster;
import org.quorate.agent.inbox.BuildmasterInbox;
import org.quorate.agent.link.Hello;
import org.quorate.agent.testing.RecordingLink;
import org.quorate.master.Authority;
import org.quorate.master.Trust;

/** The step over a real process, which does nothing, and a clock that only the test advances. */
class SupervisionStepTest {
    private static final Duration LOOK = Duration.ofMillis(250);
    private static final Duration START_LIMIT = Duration.ofMinutes(5);

    @TempDir
    Path directory;

    private final AtomicLong nanos = new AtomicLong(1);
    private final MasterStateHolder masterState = new MasterStateHolder(nanos::get);
    private final AttachedBuildmaster attached = new AttachedBuildmaster();
    private final BuildmasterInbox inbox = new BuildmasterInbox(attached);
    private final RecordingLink link = new RecordingLink();
    private Optional<Supervisor> supervisor = Optional.empty();
    private final FailedStarts failedStarts = new FailedStarts();
    private boolean hasPlugin = true;
    private List<String> command = List.of("sleep", "4711");

    @AfterEach
    void kill() {
        supervisor.ifPresent(s -> {
            assertThat(s.kill(Duration.ofSeconds(30))).isTrue();
            s.close();
        });
    }

    @Test
    void a_supervised_buildmaster_that_hangs_is_treated_as_dead() {
        SupervisionStep step = supervising();
        step.take();
        attach();

        looks(step, 60);
        assertThat(masterState.current().phase()).isEqualTo(MasterState.Phase.ACTIVE);
        looks(step, 2);

        assertThat(masterState.current().phase()).isEqualTo(MasterState.Phase.FENCED);
        assertThat(masterState.current().reason()).contains("the buildmaster has been silent");
    }

    @Test
    void a_buildmaster_that_keeps_its_promise_goes_on() {
        SupervisionStep step = supervising();
        step.take();
        attach();

        for (int second = 0; second < 100; second++) {
            looks(step, 4);
            link.spoke = true;
        }

        assertThat(masterState.current().phase()).isEqualTo(MasterState.Phase.ACTIVE);
    }

    @Test
    void an_unsupervised_buildmaster_that_hangs_is_disconnected_and_dead_when_its_lease_is_over() {
        SupervisionStep step = step();
        attach();
        looks(step, 62);

        assertThat(link.sent).containsOnlyOnce("close");
        assertThat(masterState.current().phase()).isEqualTo(MasterState.Phase.ACTIVE);
        inbox.closed(link, "test");
        Trust lease = Trust.none().acknowledged(nanos.get(), Duration.ofSeconds(4));
        masterState.change(state -> state.withTrust(lease));
        looks(step, 7);
        assertThat(masterState.current().phase()).as("its lease runs on").isEqualTo(MasterState.Phase.ACTIVE);
        looks(step, 7);

        assertThat(masterState.current().phase()).isEqualTo(MasterState.Phase.FENCED);
    }

    @Test
    void a_buildmaster_whose_hello_waits_for_the_database_is_not_taken_for_hung() {
        SupervisionStep step = supervising();
        step.take();
        var unused = inbox.hello(new Hello("m1", "0", 1, List.of(), List.of(), List.of()), link);

        looks(step, 2_000);
        assertThat(masterState.current().phase()).isEqualTo(MasterState.Phase.ACTIVE);
        inbox.closed(link, "test");
        looks(step, 1_250);

        assertThat(masterState.current().phase()).isEqualTo(MasterState.Phase.FENCED);
        assertThat(masterState.current().reason()).contains("does not connect");
    }

    @Test
    void a_stock_buildmaster_is_not_expected_to_connect() {
        hasPlugin = false;
        SupervisionStep step = supervising();
        step.take();

        looks(step, 2_000);

        assertThat(masterState.current().phase()).isEqualTo(MasterState.Phase.ACTIVE);
    }

    @Test
    void a_stock_buildmaster_that_dies_ends_the_epoch_at_once() throws Exception {
        hasPlugin = false;
        SupervisionStep step = supervising();
        step.take();
        endTheProcess();

        step.take();

        assertThat(masterState.current().phase()).isEqualTo(MasterState.Phase.FENCED);
        assertThat(masterState.current().reason()).isEqualTo("the buildmaster died");
    }

    @Test
    void a_stock_buildmaster_is_not_started_while_it_is_drained() {
        hasPlugin = false;
        SupervisionStep step = supervising();
        masterState.change(state -> state.draining(true));
        assertThat(step.take().sentence()).isEqualTo("not starting the buildmaster: drained");
        assertThat(supervisor.orElseThrow().isRunning()).isFalse();

        masterState.change(state -> state.draining(false));
        step.take();

        assertThat(supervisor.orElseThrow().isRunning()).isTrue();
    }

    @Test
    void a_buildmaster_that_dies_at_each_start_is_started_after_growing_pauses_and_costs_no_further_epoch() {
        command = List.of("sh", "-c", "echo 'ImportError: no module'; exit 3");
        SupervisionStep step = supervising();
        startAndAwaitTheEnd(step);
        step.take();
        assertThat(masterState.current().phase())
                .as("an earlier agent's claims may be held under the first epoch")
                .isEqualTo(MasterState.Phase.FENCED);
        begin(8);

        List<Long> pauses = java.util.stream.IntStream.range(0, 12)
                .mapToObj(i -> secondsUntilTheNextEnd(step))
                .toList();

        assertThat(pauses).containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 64L, 128L, 256L, 300L, 300L, 300L);
        assertThat(masterState.current().phase()).isEqualTo(MasterState.Phase.ACTIVE);
        assertThat(failedStarts.count()).isEqualTo(13);
        assertThat(failedStarts.sentence().orElseThrow())
                .isEqualTo(
                        "its buildmaster failed to start, 13 times in a row: exit code 3, \"ImportError: no module\";"
                                + " see " + directory.resolve("log"));
    }

    @Test
    void an_operators_restart_starts_a_buildmaster_that_failed_without_a_pause() {
        command = List.of("sh", "-c", "exit 3");
        SupervisionStep step = supervising();
        startAndAwaitTheEnd(step);
        step.take();
        begin(8);
        for (int i = 0; i < 6; i++) {
            secondsUntilTheNextEnd(step);
        }

        begin(9);
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());

        assertThat(step.take().sentence()).isEqualTo("started the buildmaster in epoch 9");
        awaitTheEnd(supervisor.orElseThrow());
        step.take();
        assertThat(failedStarts.count()).as("the first of a new row").isEqualTo(1);
    }

    @Test
    void a_buildmaster_that_ran_well_and_dies_is_started_again_without_a_longer_pause() throws Exception {
        SupervisionStep step = supervising();
        step.take();
        attach();
        for (int second = 0; second < 11; second++) {
            link.spoke = true;
            looks(step, 4);
        }
        endTheProcess();

        step.take();

        assertThat(masterState.current().phase()).isEqualTo(MasterState.Phase.FENCED);
        assertThat(failedStarts.count()).isZero();
        assertThat(failedStarts.sentence()).isEmpty();
    }

    @Test
    void a_buildmaster_that_held_claims_ends_the_epoch_with_its_death() throws Exception {
        SupervisionStep step = supervising();
        step.take();
        begin(8);
        step.take();
        attach();
        step.take();
        attached.send(link -> {});
        endTheProcess();

        step.take();

        assertThat(masterState.current().phase()).isEqualTo(MasterState.Phase.FENCED);
    }

    @Test
    void a_slow_start_is_told_each_minute_and_stopped_at_its_limit() {
        SupervisionStep step = supervising();
        step.take();

        Set<String> told = new LinkedHashSet<>();
        for (int look = 0; look < 4 * 300; look++) {
            nanos.addAndGet(LOOK.toNanos());
            told.add(step.take().sentence());
        }

        assertThat(masterState.current().phase()).isEqualTo(MasterState.Phase.ACTIVE);
        assertThat(told)
                .hasSize(6)
                .startsWith("the buildmaster is starting")
                .contains("the buildmaster is starting for 4 min now; it is stopped after 5 min"
                        + " (buildmaster.start_limit)");
        looks(step, 2);
        assertThat(masterState.current().phase()).isEqualTo(MasterState.Phase.FENCED);
        assertThat(failedStarts.sentence().orElseThrow()).contains("did not connect within 5 min");
    }

    /** Lets time pass, a second at a time, until the buildmaster was started and has ended again. */
    private long secondsUntilTheNextEnd(SupervisionStep step) {
        int before = failedStarts.count();
        long seconds = 0;
        while (failedStarts.count() == before) {
            Supervisor process = supervisor.orElseThrow();
            boolean started = step.take().sentence().startsWith("started");
            if (started) {
                awaitTheEnd(process);
            } else if (failedStarts.count() == before) {
                nanos.addAndGet(Duration.ofSeconds(1).toNanos());
                seconds++;
            }
        }
        return seconds;
    }

    private void startAndAwaitTheEnd(SupervisionStep step) {
        step.take();
        awaitTheEnd(supervisor.orElseThrow());
    }

    private static void awaitTheEnd(Supervisor process) {
        await().atMost(Duration.ofMinutes(5)).until(() -> !process.isRunning());
    }

    private void begin(long epoch) {
        Authority authority = new Authority(1, epoch, new UUID(0, 1));
        Trust trust = Trust.none().acknowledged(nanos.get(), Duration.ofHours(1));
        masterState.change(state -> state.active(authority, false, trust));
    }

    private void endTheProcess() throws Exception {
        ProcessHandle process =
                ProcessHandle.of(supervisor.orElseThrow().pid().orElseThrow()).orElseThrow();
        assertThat(process.destroyForcibly()).isTrue();
        process.onExit().get();
    }

    private SupervisionStep supervising() {
        supervisor = Optional.of(new Supervisor(new Supervisor.Command(
                command,
                directory,
                Map.of(),
                "test/" + UUID.randomUUID(),
                directory.resolve("log"),
                directory.resolve("pid"),
                Duration.ofSeconds(6),
                Duration.ofSeconds(2))));
        return step();
    }

    private SupervisionStep step() {
        Trust trust = Trust.none().acknowledged(nanos.get(), Duration.ofHours(1));
        masterState.change(state -> state.active(authority(), false, trust));
        return new SupervisionStep(
                supervisor,
                hasPlugin,
                new SupervisionStep.Limits(Duration.ofSeconds(1), START_LIMIT),
                masterState,
                attached,
                failedStarts,
                new HangDetector(Duration.ofSeconds(15), nanos.get()),
                nanos::get);
    }

    private void attach() {
        link.promised = Optional.of(Duration.ofSeconds(1));
        link.spoke = true;
        attached.attach(new AttachedBuildmaster.Attached(
                link, new Hello("m1", "0", 1, List.of(), List.of(), List.of()), Optional.empty()));
    }

    private void looks(SupervisionStep step, int count) {
        for (int i = 0; i < count; i++) {
            nanos.addAndGet(LOOK.toNanos());
            step.take();
        }
    }

    private static Authority authority() {
        return new Authority(1, 7, new UUID(0, 1));
    }
}
