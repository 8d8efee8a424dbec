package org.quorate.agent.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.quorate.config.ConfigurationErrors;
import org.quorate.config.Mistake;
import org.quorate.config.YamlFile;

class ConfigurationTest {
    @Test
    void all_keys_of_the_shell_buildmasters_file_are_read() {
        Configuration configuration = parse("""
                name: m1
                slots: 4
                directory: /var/lib/quorate/builds
                stop_deadline: 2m
                builders:
                  compile: {command: [sh, -c, "make"], slots: 2, environment: {A: b, N: 7}, timeout: 10m}
                  test: {command: [make, test]}
                schedulers:
                  hourly: {kind: periodic, every: 1h, builders: [compile], priority: 5, properties: {branch: main}}
                  nightly: {kind: nightly, at: "0 2 * * *", builders: [test]}
                  after: {kind: dependent, upstream: nightly, builders: [compile, test]}
                """);

        assertThat(configuration.name()).isEqualTo("m1");
        assertThat(configuration.directory()).isEqualTo(Path.of("/var/lib/quorate/builds"));
        assertThat(configuration.stopDeadline()).isEqualTo(Duration.ofMinutes(2));
        assertThat(configuration.builders().get("compile"))
                .isEqualTo(new ShellBuilder(
                        "compile",
                        List.of("sh", "-c", "make"),
                        2,
                        Map.of("A", "b", "N", "7"),
                        Optional.of(Duration.ofMinutes(10))));
        assertThat(configuration.builders().get("test").slots()).isEqualTo(4);
        assertThat(configuration.schedulers().get("hourly").timetable())
                .contains(new Timetable.Every(Duration.ofHours(1)));
        assertThat(configuration.schedulers().get("hourly").properties()).isEqualTo("{\"branch\":\"main\"}");
        assertThat(configuration.schedulers().get("nightly").timetable().orElseThrow())
                .hasToString("0 2 * * *");
        assertThat(configuration.schedulers().get("after").upstream()).contains("nightly");
    }

    @Test
    void a_shell_buildmaster_runs_one_build_at_a_time_without_schedulers_by_default() {
        Configuration configuration =
                parse("directory: /d\nbuilders: {b: {command: [\"true\"], environment: }}\nschedulers:\n");

        assertThat(configuration.slots()).isEqualTo(1);
        assertThat(configuration.stopDeadline()).isEqualTo(Duration.ofSeconds(30));
        assertThat(configuration.schedulers()).isEmpty();
        assertThat(configuration.builders().get("b").timeout()).isEmpty();
    }

    @Test
    void all_mistakes_are_reported_at_once_with_lines_columns_and_suggestions() {
        assertThat(mistakes("""
                slots: many
                directry: /d
                builders:
                  compile: {command: [make], slotts: 2}
                  test: {command: make, timeout: 10 minutes}
                  "a/b": {command: [x]}
                schedulers:
                  hourly: {kind: periodik, builders: [compile]}
                  nightly: {kind: nightly, at: "0 25 * * *", builders: [tset]}
                  after: {kind: dependent, upstream: nigthly, every: 1h}
                  one: {kind: dependent, upstream: two, builders: [test]}
                  two: {kind: dependent, upstream: one, builders: [test]}
                """))
                .containsExactly(
                        "shell.yaml:2:1: directry: is not a known key: did you mean directory?",
                        "shell.yaml:1:1: slots: `many` is not a whole number: write one from 1 to 10000",
                        "shell.yaml:1:1: directory: is missing: write it (path)",
                        "shell.yaml:4:30: builders.compile.slotts: is not a known key: did you mean slots?",
                        "shell.yaml:5:10: builders.test.command: must be a list: write [one, two], or a line with a"
                                + " dash for each",
                        "shell.yaml:5:25: builders.test.timeout: `10 minutes` has an unknown unit, minutes: write a"
                                + " whole number and one of ms, s, m, h, d, as 500ms, 6s, 10m or 1h",
                        "shell.yaml:6:3: builders.a/b: cannot be a builder's name, which becomes a directory: use"
                                + " letters, digits and _ . + -",
                        "shell.yaml:8:12: schedulers.hourly.kind: `periodik` must be one of periodic, nightly,"
                                + " dependent: did you mean periodic?",
                        "shell.yaml:9:28: schedulers.nightly.at: `0 25 * * *` is not a cron expression: \"25\" is"
                                + " not a valid hour: give numbers from 0 to 23, as lists (1,2), ranges (1-5) and"
                                + " steps (*/5)",
                        "shell.yaml:9:57: schedulers.nightly.builders[0]: `tset` is not one of builders: did you mean"
                                + " test?",
                        "shell.yaml:10:28: schedulers.after.upstream: `nigthly` is not one of schedulers: did you mean"
                                + " nightly?",
                        "shell.yaml:10:3: schedulers.after.builders: is missing: write it (names of builders)",
                        "shell.yaml:10:47: schedulers.after.every: is not for the kind dependent, which has upstream",
                        "shell.yaml:11:26: schedulers.one.upstream: `two` leads back to one: name one that does not"
                                + " come after it",
                        "shell.yaml:12:26: schedulers.two.upstream: `one` leads back to two: name one that does not"
                                + " come after it");
    }

    @Test
    void a_file_that_is_not_yaml_is_reported_with_its_line() {
        assertThat(mistakes("slots: 1\nbuilders: [\n"))
                .singleElement()
                .asString()
                .startsWith("shell.yaml:2:12: is not YAML: while parsing a flow node: ")
                .contains("but found");
        assertThat(mistakes(""))
                .containsExactly(
                        "shell.yaml:1:1: directory: is missing: write it (path)",
                        "shell.yaml:1:1: builders: is missing: write it (sections by name)");
        assertThat(mistakes("- a\n- b\n"))
                .contains("shell.yaml:1:1: must be a section of the keys name, slots,"
                        + " directory, stop_deadline, journal, builders, schedulers");
    }

    @Test
    void a_key_given_twice_is_a_mistake() {
        assertThat(mistakes("directory: /d\nbuilders: {b: {command: [x]}}\ndirectory: /e\n"))
                .containsExactly(
                        "shell.yaml:3:1: directory: stands here a second time, after shell.yaml:1:1: keep one of them");
    }

    @Test
    void a_key_that_must_be_there_needs_a_value() {
        assertThat(mistakes("directory: /d\nbuilders:\n"))
                .containsExactly("shell.yaml:2:1: builders: has no value: write it (sections by name)");
    }

    @Test
    void a_builder_has_a_program_and_lets_quorates_own_variables_alone() {
        assertThat(mistakes("""
                directory: /d
                builders:
                  a: {command: []}
                  b: {command: [" ", x]}
                  c: {command: [x, ""], environment: {QUORATE_EPOCH: 1, "a b": c}}
                """))
                .containsExactly(
                        "shell.yaml:3:7: builders.a.command: has no program: write it first, as [sh, -c, \"make\"]",
                        "shell.yaml:4:7: builders.b.command: has no program: write it first, as [sh, -c, \"make\"]",
                        "shell.yaml:5:39: builders.c.environment.QUORATE_EPOCH: cannot be a variable's name: use"
                                + " letters, digits and _, not beginning with a digit or QUORATE_",
                        "shell.yaml:5:57: builders.c.environment.a b: cannot be a variable's name: use"
                                + " letters, digits and _, not beginning with a digit or QUORATE_");
    }

    @Test
    void a_scheduler_needs_the_key_of_its_kind_whole_seconds_and_a_builder() {
        assertThat(mistakes("""
                directory: /d
                builders: {b: {command: [x]}}
                schedulers:
                  p: {kind: periodic, builders: [b]}
                  n: {kind: nightly, every: 1s, builders: [b]}
                  d: {kind: dependent, builders: [b], priority: 2147483648}
                  e: {kind: periodic, every: 1500ms, builders: []}
                """))
                .containsExactly(
                        "shell.yaml:4:3: schedulers.p.every: is missing: the kind periodic needs it",
                        "shell.yaml:5:22: schedulers.n.every: is not for the kind nightly, which has at",
                        "shell.yaml:5:3: schedulers.n.at: is missing: the kind nightly needs it",
                        "shell.yaml:6:39: schedulers.d.priority: `2147483648` is above the greatest value, 2147483647",
                        "shell.yaml:6:3: schedulers.d.upstream: is missing: the kind dependent needs it",
                        "shell.yaml:7:23: schedulers.e.every: must be whole seconds",
                        "shell.yaml:7:38: schedulers.e.builders: names no builder: write at least one, as [compile,"
                                + " test]");
    }

    @Test
    void references_are_left_unexpanded_in_commands_environments_and_properties_and_expanded_elsewhere() {
        Configuration configuration =
                Configuration.of(YamlFile.parse("shell.yaml", """
                directory: ${ROOT}/builds
                builders: {b: {command: [echo, "${ROOT}"], environment: {A: "${B}"}}}
                schedulers: {s: {kind: periodic, every: 1s, builders: [b], properties: {p: "${Q}"}}}
                """).values(ShellKeys.ALL, Map.of("ROOT", "/r")));

        assertThat(configuration.directory()).isEqualTo(Path.of("/r/builds"));
        assertThat(configuration.builders().get("b").command()).containsExactly("echo", "${ROOT}");
        assertThat(configuration.builders().get("b").environment()).containsEntry("A", "${B}");
        assertThat(configuration.schedulers().get("s").properties()).isEqualTo("{\"p\":\"${Q}\"}");
    }

    static Configuration parse(String yaml) {
        return Configuration.of(YamlFile.parse("shell.yaml", yaml).values(ShellKeys.ALL, Map.of()));
    }

    private static List<String> mistakes(String yaml) {
        return catchThrowableOfType(ConfigurationErrors.class, () -> parse(yaml)).mistakes().stream()
                .map(Mistake::toString)
                .toList();
    }
}
