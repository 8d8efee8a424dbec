package org.quorate.agent.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MarkedProcessesTest {
    private static final int LOOKS = 3_000;

    private final String entry = "QUORATE_TEST=" + UUID.randomUUID();
    private final MarkedProcesses marked = new MarkedProcesses(Set.of(entry));

    @TempDir
    private Path directory;

    private Process start(String... command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("QUORATE_TEST", entry.substring(entry.indexOf('=') + 1));
        return builder.start();
    }

    /** The kernel shows no environment between the replacement of the old program and the start of the new one. */
    @Test
    void a_process_is_known_also_in_the_middle_of_exec() throws Exception {
        Path script = directory.resolve("again");
        Files.writeString(script, "exec /bin/sh " + script);
        Process process = start("/bin/sh", script.toString());

        for (int i = 0; i < LOOKS; i++) {
            assertThat(marked.isMarked(process.pid())).as("look %d", i).isTrue();
        }

        assertThat(marked.kill(Duration.ofSeconds(30))).isTrue();
        assertThat(process.waitFor()).isEqualTo(128 + 9);
    }

    @Test
    void a_process_without_any_environment_is_nobodys() throws Exception {
        Process process = new ProcessBuilder("env", "-i", "/bin/sleep", "4011").start();

        assertThat(marked.isMarked(process.pid())).isFalse();

        process.destroyForcibly();
    }
}
