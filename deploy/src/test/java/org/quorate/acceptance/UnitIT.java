package org.quorate.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the systemd units: an agent under their restrictions does the same as elsewhere. The mounts need root. */
class UnitIT {
    private static final int BUILDS = 2;

    @ParameterizedTest
    @CsvSource({"quorate-agent.service, false", "quorate-agent@.service, true"})
    void an_agent_that_is_killed_or_hands_over_in_its_unit_keeps_its_epoch_and_its_running_builds(
            String name, boolean handsOver) throws IOException {
        Unit unit = Unit.read(name);
        try (Site site = Site.enduring()) {
            Optional<String> objection = unit.objection(site.directory());
            assumeTrue(objection.isEmpty(), () -> objection.orElseThrow());
            Path gate = site.directory().resolve("gate");
            Master m1 = site.master(
                    "m1", Buildmaster.of(BUILDS, Map.of("held", "until [ -e " + gate + " ]; do sleep 0.1; done")));
            String launcher = unit.launcher(site.directory().resolve("confined"), Command.program("quorate-agent"));
            m1.start(launcher, Map.of());
            site.awaitAttached("m1");
            site.submit("held", BUILDS);
            Patience.until(() -> m1.begunBuilds().size() == BUILDS);
            String epoch = site.query("select epoch from quorate.master");
            String incarnation = site.query("select incarnation from quorate_v1.masters");
            Optional<Long> buildmaster = m1.buildmasterPid();

            if (handsOver) {
                assertThat(m1.handOver())
                        .as("at which the unit starts the next agent")
                        .isEqualTo(Integer.parseInt(unit.property("RestartForceExitStatus", "")));
            } else {
                m1.killAgent();
            }
            m1.start(launcher, Map.of());

            site.awaitTrue(
                    "select state = 'active' and incarnation::text <> '" + incarnation + "' from quorate_v1.masters");
            assertThat(site.query("select epoch from quorate.master")).isEqualTo(epoch);
            assertThat(m1.logText()).doesNotContain("boot cannot be read");
            assumeFalse(
                    Files.readString(site.directory().resolve("m1/s/buildmaster.log"))
                            .contains("the lease ended"),
                    "the epoch is kept, but this machine is so slow that the lease was over before the agent was back");
            assertThat(m1.buildmasterPid()).isEqualTo(buildmaster);
            assertThat(m1.logText()).contains("adopted the running buildmaster");
            Files.createFile(gate);
            site.awaitAllComplete();
            assertThat(site.query("select count(*) from quorate.history where kind = 'release'"))
                    .isEqualTo("0");
            assertThat(site.finishedBuilds())
                    .hasSize(BUILDS)
                    .allSatisfy((brid, times) -> assertThat(times).isOne());
            assertThat(site.violations()).isEmpty();
        }
    }

    /**
     * systemd cleans up after a unit whose main process has died. The builds of the unit go on, so it must not remove
     * what they use.
     */
    @ParameterizedTest
    @ValueSource(strings = {"quorate-agent.service", "quorate-agent@.service"})
    void systemd_takes_nothing_from_running_builds_when_their_agent_dies(String name) throws IOException {
        Unit unit = Unit.read(name);

        assertThat(unit.property("KillMode", "control-group"))
                .as("which other processes systemd kills")
                .isEqualTo("process");
        assertThat(unit.property("Restart", "no"))
                .as("whether systemd starts another agent")
                .isEqualTo("on-failure");
        assertThat(unit.property("NotifyAccess", "none"))
                .as("whether the agent's status line arrives")
                .isEqualTo("all");
        assertThat(unit.property("ExecReload", "")).as("a hand-over").isEqualTo("/bin/kill -USR2 $MAINPID");
        assertThat(unit.property("TimeoutStopSec", ""))
                .as("longer than stop_deadline in examples/buildbot-agent.yaml")
                .isEqualTo("11min");
        assertThat(unit.property("PrivateTmp", "no"))
                .as("whether systemd removes /tmp")
                .isEqualTo("no");
        assertThat(unit.property("RemoveIPC", "no"))
                .as("whether systemd removes shared memory")
                .isEqualTo("no");
        assertThat(unit.property("RuntimeDirectory", ""))
                .as("what systemd removes from /run")
                .isEmpty();
        assertThat(unit.property("OOMPolicy", "stop"))
                .as("what one build that runs out of memory does to the whole unit")
                .isEqualTo("continue");
    }
}
