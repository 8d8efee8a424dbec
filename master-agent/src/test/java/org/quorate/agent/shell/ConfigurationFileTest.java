package org.quorate.agent.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.quorate.agent.shell.Mistakes.InvalidConfiguration;

class ConfigurationFileTest {
    @Test
    void all_that_may_be_said_is_read() throws Exception {
        Configuration configuration = ConfigurationFile.parse("shell.yaml", """
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
    void defaults_are_few_and_modest() throws Exception {
        Configuration configuration =
                ConfigurationFile.parse("shell.yaml", "directory: /d\nbuilders: {b: {command: [\"true\"]}}\n");

        assertThat(configuration.slots()).isEqualTo(1);
        assertThat(configuration.stopDeadline()).isEqualTo(Duration.ofSeconds(30));
        assertThat(configuration.schedulers()).isEmpty();
        assertThat(configuration.builders().get("b").timeout()).isEmpty();
    }

    @Test
    void all_mistakes_are_told_at_once_with_lines_and_what_was_meant() {
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
                        "line 1: slots of the file must be a whole number from 1 to 10000, not many",
                        "line 1: the file needs the key directory",
                        "line 2: the file has no key directry; did you mean directory?",
                        "line 4: builder compile has no key slotts; did you mean slots?",
                        "line 5: command of builder test must be a list of strings, as [a, b]",
                        "line 5: builder test needs a command, as [sh, -c, \"make\"]",
                        "line 5: timeout of builder test must be a duration as 500ms, 30s, 10m, 2h or 1d, not 10 minutes",
                        "line 6: the name of builder a/b becomes a directory: use letters, digits and _ . + -",
                        "line 8: scheduler hourly has the unknown kind periodik; did you mean periodic?",
                        "line 9: scheduler nightly names the unknown builder tset; did you mean test?",
                        "line 9: at of scheduler nightly: \"25\" is no hour: give numbers from 0 to 23, as lists (1,2),"
                                + " ranges (1-5) and steps (*/5)",
                        "line 10: every of scheduler after is not for the kind dependent, which has upstream",
                        "line 10: scheduler after needs builders, as [compile, test]",
                        "line 10: scheduler after names the unknown upstream nigthly; did you mean nightly?",
                        "line 11: scheduler one is upstream of itself",
                        "line 12: scheduler two is upstream of itself");
    }

    @Test
    void what_is_no_yaml_is_told_with_its_line() {
        assertThat(mistakes("slots: 1\nbuilders: [\n"))
                .singleElement()
                .asString()
                .startsWith("line ")
                .contains("not YAML");
        assertThat(mistakes("")).containsExactly("line 1: the file is empty");
        assertThat(mistakes("- a\n- b\n")).contains("line 1: the file must be a mapping of keys to values");
    }

    @Test
    void a_key_given_twice_is_a_mistake() {
        assertThat(mistakes("directory: /d\nbuilders: {b: {command: [x]}}\ndirectory: /e\n"))
                .containsExactly("line 3: directory of the file is given twice");
    }

    private static List<String> mistakes(String yaml) {
        return catchThrowableOfType(InvalidConfiguration.class, () -> ConfigurationFile.parse("shell.yaml", yaml))
                .sentences();
    }
}
