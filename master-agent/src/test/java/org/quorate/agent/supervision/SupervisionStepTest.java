package org.quorate.agent.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    @TempDir
    Path directory;

    private final AtomicLong nanos = new AtomicLong(1);
    private final MasterStateHolder masterState = new MasterStateHolder(nanos::get);
    private final AttachedBuildmaster attached = new AttachedBuildmaster();
    private final BuildmasterInbox inbox = new BuildmasterInbox(attached);
    private final RecordingLink link = new RecordingLink();
    private Optional<Supervisor> supervisor = Optional.empty();
    private boolean hasPlugin = true;

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
        looks(step, 250);

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

    private void endTheProcess() throws Exception {
        ProcessHandle process =
                ProcessHandle.of(supervisor.orElseThrow().pid().orElseThrow()).orElseThrow();
        assertThat(process.destroyForcibly()).isTrue();
        process.onExit().get();
    }

    private SupervisionStep supervising() {
        supervisor = Optional.of(new Supervisor(new Supervisor.Command(
                List.of("sleep", "4711"),
                directory,
                Map.of(),
                "test/" + UUID.randomUUID(),
                directory.resolve("log"),
                directory.resolve("pid"),
                Duration.ofSeconds(6))));
        return step();
    }

    private SupervisionStep step() {
        Trust trust = Trust.none().acknowledged(nanos.get(), Duration.ofHours(1));
        masterState.change(state -> state.active(authority(), false, trust));
        return new SupervisionStep(
                supervisor,
                hasPlugin,
                Duration.ofSeconds(1),
                Duration.ofSeconds(15),
                masterState,
                attached,
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
