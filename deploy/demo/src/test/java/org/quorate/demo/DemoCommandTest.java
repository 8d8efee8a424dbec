package org.quorate.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.demo.cluster.Guard;
import picocli.CommandLine;

/** What the demo refuses before it starts anything. KeepIT and CI test whole runs. */
class DemoCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path directory;

    @Test
    void a_number_out_of_range_is_reported_in_one_line_and_nothing_is_started() {
        assertThat(demo("--masters", "9")).isEqualTo(2);
        assertThat(err.toString()).contains("--masters must be between 2 and 8, not 9");
        assertThat(demo("--requests", "3")).isEqualTo(2);
        assertThat(err.toString()).contains("--requests must be between 30 and 10000, not 3");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void without_buildbot_one_line_shows_how_to_install_it_and_nothing_is_started() throws Exception {
        Path work = directory.resolve("work");

        int exit = new CommandLine(new DemoCommand(System::nanoTime, program -> Optional.empty()))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute("--buildbot", "--directory", work.toString(), "-o", "json");

        assertThat(exit).isEqualTo(1);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString().lines()).hasSize(1);
        assertThat(err.toString())
                .startsWith("quorate demo: ")
                .contains("sudo apt-get install -y buildbot buildbot-worker python3-psycopg2");
        assertThat(work).doesNotExist();
    }

    @Test
    void a_directory_that_is_not_empty_is_refused() throws Exception {
        Files.writeString(directory.resolve("mine"), "precious");

        assertThat(demo("--directory", directory.toString())).isEqualTo(1);

        assertThat(err.toString())
                .isEqualTo("quorate demo: " + directory + " is not empty: give --directory a new or an empty folder\n");
    }

    @Test
    void when_the_demo_has_ended_the_guard_kills_the_processes_with_its_mark() throws Exception {
        String mark = "QUORATE_DEMO=guard-test-" + ProcessHandle.current().pid();
        Process left = marked(mark).start();
        Process other = marked("QUORATE_DEMO=another").start();

        Guard.over(mark).close();

        assertThat(left.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(other.isAlive()).isTrue();
        other.destroyForcibly();
    }

    private static ProcessBuilder marked(String mark) {
        ProcessBuilder builder = new ProcessBuilder("sleep", "60");
        String[] entry = mark.split("=", 2);
        builder.environment().put(entry[0], entry[1]);
        return builder;
    }

    private int demo(String... arguments) {
        return new CommandLine(new DemoCommand())
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }
}
