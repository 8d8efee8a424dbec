package org.quorate.agent.check;

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
    void a_good_file_is_reported_as_good_with_its_notes() {
        assertThat(run("check", good.toString())).isZero();
        assertThat(out).hasToString(good + ": good" + System.lineSeparator());
        assertThat(err.toString()).startsWith("note: " + good + ":6:1: buildmaster.command: is left out");
    }

    @Test
    void a_bad_file_is_refused_with_one_line_for_each_mistake_and_exit_code_2() {
        assertThat(run("check", bad.toString())).isEqualTo(2);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString().lines())
                .contains(bad + ":2:1: mastr: is not a known key: did you mean master?")
                .last()
                .isEqualTo(bad + ": 5 mistakes; an agent would not start with it");
    }

    @Test
    void a_file_that_is_not_there_is_exit_code_2() {
        assertThat(run("check", directory.resolve("none").toString())).isEqualTo(2);
        assertThat(err.toString()).contains("no such file").contains("1 mistake;");
    }

    @Test
    void a_shell_buildmasters_file_is_recognised_by_its_keys_and_all_mistakes_are_reported_with_line_and_column()
            throws Exception {
        Path shell = Files.writeString(directory.resolve("shell.yaml"), """
                direktory: /d
                builders:
                  compile: {command: [make], slotts: 2}
                schedulers:
                  nightly:
                    kind: nightly
                    builders: [compile, tset]
                """);

        assertThat(run("check", shell.toString())).isEqualTo(2);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString().lines())
                .containsExactly(
                        shell + ":1:1: direktory: is not a known key: did you mean directory?",
                        shell + ":1:1: directory: is missing: write it (path)",
                        shell + ":3:30: builders.compile.slotts: is not a known key: did you mean slots?",
                        shell
                                + ":7:25: schedulers.nightly.builders[1]: `tset` is not one "
                                + "of builders: there is compile",
                        shell + ":5:3: schedulers.nightly.at: is missing: the kind nightly needs it",
                        shell + ": 5 mistakes; a shell buildmaster would not start with it");
    }

    @Test
    void a_good_file_of_a_shell_buildmaster_is_reported_as_good_and_shown_without_secrets() throws Exception {
        Path shell = Files.writeString(
                directory.resolve("shell.yaml"),
                "directory: /d\nbuilders: {a: {command: [make], environment: {TOKEN: hunter2}}}\n");

        assertThat(run("check", shell.toString())).isZero();
        assertThat(out).hasToString(shell + ": good" + System.lineSeparator());

        assertThat(run("show", "--effective", shell.toString())).isZero();
        assertThat(out.toString())
                .contains("directory: /d  # " + shell + ":1:1", "slots: 1  # default", "command: [make]")
                .doesNotContain("hunter2");
    }

    @Test
    void the_commands_own_file_is_checked_too() throws Exception {
        Path contexts = Files.writeString(directory.resolve("config.yaml"), """
                current: prd
                contexts:
                  prod: {cluster: prod, database: {url: "postgresql://db/prod"}}
                """);
        assertThat(run("check", contexts.toString())).isZero();
        assertThat(err.toString())
                .isEqualToIgnoringNewLines("note: " + contexts + ":1:1: current: names no context: did you mean prod?");

        Files.writeString(contexts, "contexts:\n  prod: {clustr: a, database: {url: \"db/prod\"}}\n");
        assertThat(run("check", contexts.toString())).isEqualTo(2);
        assertThat(err.toString())
                .contains(contexts + ":2:10: contexts.prod.clustr: is not a known key: did you mean cluster?")
                .contains(contexts + ":2:32: contexts.prod.database.url: `db/prod` is no database URL: write")
                .contains(contexts + ": 2 mistakes; no command would use it");
    }

    @Test
    void the_command_is_added_to_quorate() {
        assertThat(ServiceLoader.load(Extension.class))
                .extracting(Extension::command)
                .hasAtLeastOneElementOfType(ConfigCommand.class);
    }

    @Test
    void show_prints_the_keys_that_are_set_and_with_effective_the_defaults_too() {
        assertThat(run("show", good.toString())).isZero();
        String given = out.toString();
        assertThat(given).contains("master: m1  # " + good + ":2:1").doesNotContain("default");

        assertThat(run("show", "--effective", good.toString())).isZero();
        assertThat(out.toString().substring(given.length()))
                .contains("master: m1  # " + good + ":2:1")
                .contains("  session_timeout: 6s  # default");
    }
}
