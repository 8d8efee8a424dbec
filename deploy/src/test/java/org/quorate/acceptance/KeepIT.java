package org.quorate.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Tests {@code quorate demo --keep}: a small run survives a kill and a freeze and passes all its checks. Then the
 * command returns, its cluster goes on, and the commands that it printed reach the cluster and end it.
 */
class KeepIT {
    private static final int REQUESTS = 30;

    private Path directory;

    @BeforeEach
    void open() throws IOException {
        directory = Files.createTempDirectory("qk");
    }

    @AfterEach
    void close() throws IOException {
        keeper().forEach(ProcessHandle::destroy);
        Patience.until(() -> keeper().isEmpty());
    }

    @Test
    void the_cluster_of_a_kept_demo_serves_until_a_person_ends_it() throws Exception {
        Command.Result demo = Command.runAt(
                Path.of("."),
                Map.of(),
                List.of(
                        Command.program("quorate"),
                        "demo",
                        "--keep",
                        "--requests=" + REQUESTS,
                        "--directory=" + directory,
                        "-o",
                        "json"),
                1200);

        assertThat(demo.exit()).as(demo.err()).isZero();
        JsonNode summary = new ObjectMapper().readTree(demo.out());
        assertProvesItselfWhole(summary, demo.err());
        assertThat(quorate(demo, "submit", "lint", "test", "--count=3", "--wait")
                        .exit())
                .isZero();
        Patience.until(() -> quorate(demo, "status").exit() == 0);
        Command.Result status = quorate(demo, "status");
        assertThat(status.exit()).as(status.err()).isZero();
        assertThat(status.out()).contains("mode NORMAL").contains("m1").contains("m2");
        assertThat(quorate(demo, "verify").exit()).isZero();
        List<ProcessHandle> keeper = keeper();
        assertThat(keeper).hasSize(1);

        List<String> kill = List.of(printed(demo, "kill ").split(" "));
        assertThat(Command.run(kill).exit()).isZero();

        keeper.get(0).onExit().get(5, TimeUnit.MINUTES);
        Patience.until(() -> marked(summary.path("directory").asText()).isEmpty());
        assertThat(directory.resolve("m1/agent.log")).exists();
        assertThat(directory.resolve("password")).doesNotExist();
    }

    private void assertProvesItselfWhole(JsonNode summary, String progress) throws IOException {
        assertThat(summary.path("completed").asInt())
                .isGreaterThanOrEqualTo(REQUESTS)
                .isEqualTo(summary.path("submitted").asInt());
        assertThat(summary.path("lost").asInt(-1)).isZero();
        assertThat(summary.path("double_claims").asInt(-1)).isZero();
        assertThat(summary.path("reclaimed").asInt()).isPositive();
        assertThat(summary.path("fenced_writes").asInt()).isGreaterThanOrEqualTo(2);
        assertThat(summary.path("failover_seconds")).hasSize(2).allMatch(seconds -> seconds.asDouble() > 0);
        assertThat(summary.path("buildmaster").asText()).isEqualTo("shell");
        assertThat(summary.path("verify")).hasSize(9).allMatch(JsonNode::asBoolean);
        assertThat(progress).contains("SIGKILL to all").contains("SIGCONT to");
        try (Stream<Path> files = Files.walk(directory)) {
            assertThat(files.filter(file -> file.toString().matches(".*/builds/[a-z]+/[0-9]+-[^/]*\\.log")))
                    .hasSizeGreaterThanOrEqualTo(REQUESTS);
        }
    }

    /** Runs a command as the demo printed it, with the context file that it printed. */
    private static Command.Result quorate(Command.Result demo, String... arguments) {
        String[] variable = printed(demo, "export ").substring(7).split("=", 2);
        List<String> words =
                new ArrayList<>(List.of(printed(demo, "/", " status").split(" ")[0]));
        words.addAll(List.of(arguments));
        return Command.runAt(Path.of("."), Map.of(variable[0], variable[1]), words);
    }

    private static String printed(Command.Result demo, String begin) {
        return printed(demo, begin, "");
    }

    private static String printed(Command.Result demo, String begin, String end) {
        return demo.err()
                .lines()
                .map(String::strip)
                .filter(line -> line.startsWith(begin) && line.endsWith(end))
                .findFirst()
                .orElseThrow(() -> new AssertionError("the demo printed no " + begin + "…" + end + ":\n" + demo.err()));
    }

    /** Finds the process that keeps the cluster of this test. */
    private List<ProcessHandle> keeper() {
        return processes("--directory=" + directory);
    }

    /** Finds the processes that run in a folder of this demo. */
    private static List<ProcessHandle> marked(String folder) {
        return processes(folder + "/");
    }

    private static List<ProcessHandle> processes(String argument) {
        try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
            return all.filter(process -> commandLine(process.pid()).contains(argument))
                    .toList();
        }
    }

    /** Reads the whole command line: {@link ProcessHandle.Info} has only its first 4096 bytes. */
    private static String commandLine(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }
}
