package org.quorate.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
import org.quorate.agent.supervision.FailedStarts;
import org.quorate.agent.supervision.HangDetector;
import org.quorate.agent.supervision.MarkedProcesses;
import org.quorate.agent.supervision.SupervisionStep;
import org.quorate.agent.supervision.Supervisor;
import org.quorate.master.Authority;
import org.quorate.master.Trust;

/** The epoch in which a buildmaster is started, with real processes and a clock that only the test advances. */
class BuildmasterEpochTest {
    private static final Duration SOON = Duration.ofMinutes(5);
    private static final Duration TRUST = Duration.ofSeconds(4);

    @TempDir
    Path directory;

    private final String cookie = "test/" + UUID.randomUUID();
    private final AtomicLong nanos = new AtomicLong(1);
    private final MasterStateHolder masterState = new MasterStateHolder(nanos::get);

    @AfterEach
    void leaveNothingBehind() {
        assertThat(new MarkedProcesses(Set.of("QUORATE_MASTER=" + cookie)).kill(Duration.ofSeconds(30)))
                .isTrue();
    }

    @Test
    void a_buildmaster_is_started_in_the_epoch_that_is_current_and_a_new_one_in_the_next() throws Exception {
        Supervisor supervisor = supervisor();
        SupervisionStep step = step(supervisor);
        Authority first = in(41);
        step.take();
        long before = supervisor.pid().orElseThrow();
        awaitLog(options(41));

        masterState.doubt(first, "a test");
        step.take();
        supervisor.kill(Duration.ofSeconds(30));
        in(42);
        step.take();

        awaitLog(options(41) + options(42));
        assertThat(supervisor.pid().orElseThrow()).isNotEqualTo(before);
        assertThat(ProcessHandle.of(before).filter(ProcessHandle::isAlive)).isEmpty();
    }

    @Test
    void no_buildmaster_is_started_after_the_trust_ran_out_even_if_nobody_has_noticed() {
        Supervisor supervisor = supervisor();
        in(41);
        nanos.addAndGet(TRUST.toNanos() + 1);

        step(supervisor).take();

        assertThat(masterState.current().phase()).isEqualTo(MasterState.Phase.ACTIVE);
        assertThat(supervisor.isRunning()).isFalse();
    }

    private Authority in(long epoch) {
        Authority authority = new Authority(3, epoch, new UUID(0, epoch));
        masterState.change(state -> state.active(authority, false, Trust.none().acknowledged(nanos.get(), TRUST)));
        return authority;
    }

    private static String options(int epoch) {
        return "-c idle_in_transaction_session_timeout=6000 -c lock_timeout=2000"
                + " -c application_name=quorate-buildmaster:3:" + epoch + " -c quorate.masterid=3 -c quorate.epoch="
                + epoch + "\n";
    }

    private void awaitLog(String text) {
        await().atMost(SOON)
                .until(() -> Files.readString(directory.resolve("log")).equals(text));
    }

    private SupervisionStep step(Supervisor supervisor) {
        return new SupervisionStep(
                Optional.of(supervisor),
                true,
                new SupervisionStep.Limits(Duration.ZERO, Duration.ofMinutes(30)),
                masterState,
                new AttachedBuildmaster(),
                new FailedStarts(),
                new HangDetector(Duration.ofSeconds(15), nanos.get()),
                nanos::get);
    }

    private Supervisor supervisor() {
        return new Supervisor(new Supervisor.Command(
                List.of("sh", "-c", "echo \"$PGOPTIONS\"; exec sleep 4020"),
                directory,
                Map.of(),
                cookie,
                directory.resolve("log"),
                directory.resolve("pid"),
                Duration.ofSeconds(6),
                Duration.ofSeconds(2)));
    }
}
