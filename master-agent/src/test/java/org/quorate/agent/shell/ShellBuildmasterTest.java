package org.quorate.agent.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.agent.link.InMemoryAgent;
import org.quorate.agent.link.LinkServer;
import org.quorate.agent.supervision.MarkedProcesses;
import org.quorate.agent.supervision.Supervisor;
import org.quorate.claim.Results;
import org.quorate.master.Authority;
import picocli.CommandLine;

/** The shell buildmaster as a process: signals, freezing, exit codes, supervision. */
class ShellBuildmasterTest {
    private static final Duration SOON = Duration.ofMinutes(5);

    @TempDir
    Path directory;

    private final InMemoryAgent agent = new InMemoryAgent();
    private final String cookie = "test/" + UUID.randomUUID();
    private LinkServer server;
    private Process process;

    @BeforeEach
    void listen() {
        server = new LinkServer(directory.resolve("link/agent.sock"), agent, System::nanoTime);
        server.start();
    }

    @AfterEach
    void leaveNothingBehind() {
        assertThat(marked().kill(Duration.ofSeconds(30))).isTrue();
        server.close();
    }

    @Test
    void sigterm_lets_the_running_build_end_and_exits_with_0() throws Exception {
        agent.submit(1, "waits", "{}");
        start();
        await().atMost(SOON).until(() -> Files.exists(directory.resolve("builds/effects.jsonl")));

        process.destroy();
        Files.createFile(directory.resolve("go"));

        assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        assertThat(agent.results()).isEqualTo(Map.of(1, Results.SUCCESS));
    }

    @Test
    void a_freeze_longer_than_the_lease_ends_with_75_and_no_build_left() throws Exception {
        agent.lease = Duration.ofSeconds(10);
        agent.submit(1, "long", "{}");
        start();
        await().atMost(SOON).until(() -> {
            agent.links.forEach(link -> link.lease(agent.lease));
            return marked().find().size() >= 3;
        });

        signal("STOP");
        long frozen = System.nanoTime();
        await().atMost(SOON).until(() -> System.nanoTime() - frozen > agent.lease.toNanos());
        signal("CONT");

        assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(75);
        assertThat(marked().find()).isEmpty();
        assertThat(agent.completions).isEmpty();
    }

    @Test
    void a_buildmaster_killed_under_supervision_leaves_no_build_behind() throws Exception {
        agent.submit(1, "long", "{}");
        Supervisor supervisor = new Supervisor(new Supervisor.Command(
                command(),
                directory,
                Map.of(),
                cookie,
                directory.resolve("log"),
                directory.resolve("pid"),
                Duration.ofSeconds(6),
                Duration.ofSeconds(2)));
        supervisor.start(new Authority(1, 1, UUID.randomUUID()), () -> true);
        await().atMost(SOON).until(() -> marked().find().size() >= 3);

        ProcessHandle.of(supervisor.pid().orElseThrow()).orElseThrow().destroyForcibly();

        await().atMost(SOON).until(() -> agent.closings.size() == 1);
        assertThat(supervisor.kill(Duration.ofSeconds(30))).isTrue();
        assertThat(marked().find()).isEmpty();
        supervisor.close();
    }

    @Test
    void all_mistakes_of_a_configuration_are_printed_and_the_exit_code_is_2() throws Exception {
        Path wrong = Files.writeString(directory.resolve("wrong.yaml"), "slots: 0\nbuilder: {}\n");
        StringWriter err = new StringWriter();

        int code = new CommandLine(new ShellBuildmaster())
                .setErr(new PrintWriter(err))
                .execute("--config", wrong.toString(), "--link", "/nowhere");

        assertThat(code).isEqualTo(2);
        assertThat(err.toString().lines())
                .containsExactlyInAnyOrder(
                        "shell-buildmaster: " + wrong + ":2:1: builder: is not a known key: did you mean builders?",
                        wrong + ":1:1: slots: `0` is below the least value, 1 builds",
                        wrong + ":1:1: directory: is missing: write it (path)",
                        wrong + ":1:1: builders: is missing: write it (sections by name)");
    }

    private void start() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command()).inheritIO();
        builder.environment().put(Supervisor.COOKIE, cookie);
        process = builder.start();
    }

    private List<String> command() throws Exception {
        Path config = Files.writeString(directory.resolve("shell.yaml"), """
                slots: 2
                directory: %1$s/builds
                builders:
                  waits: {command: [sh, -c, "while [ ! -e %1$s/go ]; do sleep 0.1; done"]}
                  long: {command: [sh, -c, "setsid sleep 5001 & sleep 5002"]}
                """.formatted(directory));
        return List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "org.quorate.agent.shell.ShellProcess",
                "--config",
                config.toString(),
                "--link",
                directory.resolve("link/agent.sock").toString());
    }

    private void signal(String name) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    private MarkedProcesses marked() {
        return new MarkedProcesses(Set.of(Supervisor.COOKIE + "=" + cookie));
    }
}
