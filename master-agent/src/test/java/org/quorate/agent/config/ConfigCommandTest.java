package org.quorate.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.cli.Extension;
import picocli.CommandLine;

class ConfigCommandTest {
    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private Path good = Path.of("");
    private Path bad = Path.of("");

    @BeforeEach
    void files() throws Exception {
        good = Files.writeString(directory.resolve("good.yaml"), """
                cluster: c
                master: m1
                state_directory: /s
                zookeeper: {connect: "zk1:2181"}
                database: {url: "jdbc:postgresql://db/b"}
                buildmaster: {log: x}
                """);
        bad = Files.writeString(directory.resolve("bad.yaml"), "cluster: c\nmastr: m1\n");
    }

    private int run(String... words) {
        return new CommandLine(new ConfigCommand())
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(words);
    }

    @Test
    void a_good_file_is_called_good_and_its_notes_are_told() {
        assertThat(run("check", good.toString())).isZero();
        assertThat(out).hasToString(good + ": good" + System.lineSeparator());
        assertThat(err.toString()).startsWith("note: " + good + ":6: buildmaster.command: is left out");
    }

    @Test
    void a_bad_file_is_refused_with_one_line_for_each_mistake_and_exit_code_2() {
        assertThat(run("check", bad.toString())).isEqualTo(2);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString().lines())
                .contains(bad + ":2: mastr: is not a known key: did you mean master?")
                .last()
                .isEqualTo(bad + ": 5 mistakes; an agent would not start with it");
    }

    @Test
    void a_file_that_is_not_there_is_exit_code_2() {
        assertThat(run("check", directory.resolve("none").toString())).isEqualTo(2);
        assertThat(err.toString()).contains("no such file").contains("1 mistake;");
    }

    @Test
    void a_shell_buildmasters_file_is_told_apart_from_a_bad_one() throws Exception {
        Path shell = Files.writeString(directory.resolve("shell.yaml"), "builders: {a: {command: [make]}}\n");

        assertThat(run("check", shell.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("is for a shell buildmaster").contains("1 mistake;");
    }

    @Test
    void the_command_is_brought_to_quorate() {
        assertThat(ServiceLoader.load(Extension.class))
                .extracting(Extension::command)
                .hasAtLeastOneElementOfType(ConfigCommand.class);
    }

    @Test
    void what_is_set_is_shown_and_with_effective_the_defaults_too() {
        assertThat(run("show", good.toString())).isZero();
        String given = out.toString();
        assertThat(given).contains("master: m1  # " + good + ":2").doesNotContain("default");

        assertThat(run("show", "--effective", good.toString())).isZero();
        assertThat(out.toString().substring(given.length()))
                .contains("master: m1  # " + good + ":2")
                .contains("  session_timeout: 6s  # default");
    }
}
