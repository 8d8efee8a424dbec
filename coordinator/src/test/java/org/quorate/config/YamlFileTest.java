package org.quorate.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class YamlFileTest {
    enum Colour {
        RED,
        DARK_BLUE
    }

    private static final Key<String> NAME = Key.text("name");
    private static final Key<Duration> TIMEOUT =
            Key.duration("zookeeper.session_timeout", "1s", "60s").otherwise("6s");
    private static final Key<HostPort> LISTEN = Key.hostPort("http.listen").optional();
    private static final Key<Integer> DAYS =
            Key.integer("history.retention_days", 1, 3650, "days").otherwise("90");
    private static final Key<Secret> PASSWORD =
            Key.secretFile("database.password_file").optional();
    private static final Key<List<String>> COMMAND = Key.textList("run.command").otherwise("[]");
    private static final Key<Map<String, Secret>> ENVIRONMENT =
            Key.secretMap("run.environment").otherwise("{}");
    private static final Key<Colour> COLOUR = Key.choice("colour", Colour.class).otherwise("red");
    private static final Key<Boolean> LOUD = Key.flag("loud").otherwise("false");
    private static final Key<String> BUILDER_COMMAND = Key.text("command").verbatim();
    private static final Key<Integer> BUILDER_SLOTS =
            Key.integer("slots", 1, 100, "").otherwise("1");
    private static final Key<Map<String, Values>> BUILDERS = Key.namedSections(
                    "builders", Keys.of(BUILDER_COMMAND, BUILDER_SLOTS))
            .otherwise("{}");
    private static final Keys KEYS = Keys.overridden(
            "QUORATE_", NAME, TIMEOUT, LISTEN, DAYS, PASSWORD, COMMAND, ENVIRONMENT, COLOUR, LOUD, BUILDERS);

    @TempDir
    Path directory;

    private static Values read(String text) {
        return read(text, Map.of());
    }

    private static Values read(String text, Map<String, String> environment) {
        return YamlFile.parse("a.yaml", text).values(KEYS, environment);
    }

    private static List<String> mistakes(String text) {
        return mistakes(text, Map.of());
    }

    private static List<String> mistakes(String text, Map<String, String> environment) {
        ConfigurationErrors errors = catchThrowableOfType(ConfigurationErrors.class, () -> read(text, environment));
        assertThat(errors).as("refused: %s", text).isNotNull();
        assertThat(errors)
                .hasMessage(String.join(
                        "\n", errors.mistakes().stream().map(Mistake::toString).toList()));
        return errors.mistakes().stream().map(Mistake::toString).toList();
    }

    @Test
    void a_key_that_is_left_out_has_its_default() {
        Values values = read("name: m1\n");

        assertThat(values.get(TIMEOUT)).isEqualTo(Duration.ofSeconds(6));
        assertThat(values.get(DAYS)).isEqualTo(90);
        assertThat(values.get(COMMAND)).isEmpty();
        assertThat(values.get(COLOUR)).isEqualTo(Colour.RED);
        assertThat(values.find(LISTEN)).isEmpty();
        assertThat(values.origin(TIMEOUT)).isEqualTo("default");
    }

    @Test
    void every_type_of_value_is_read_from_a_yaml_file() {
        Values values = read("""
                name: "no"
                zookeeper: {session_timeout: 1500ms}
                http:
                  listen: "[::1]:0"
                history: {retention_days: 7}
                run:
                  command: [sh, -c, "echo 1"]
                  environment: {A: b, EMPTY: ""}
                colour: dark-blue
                loud: true
                builders:
                  linux: {command: "make -j${JOBS}", slots: 4}
                  windows: {command: nmake}
                """);

        assertThat(values.get(NAME)).isEqualTo("no");
        assertThat(values.get(TIMEOUT)).isEqualTo(Duration.ofMillis(1500));
        assertThat(values.find(LISTEN)).contains(new HostPort("::1", 0));
        assertThat(values.get(COMMAND)).containsExactly("sh", "-c", "echo 1");
        assertThat(values.get(ENVIRONMENT)).containsEntry("A", new Secret("b")).containsEntry("EMPTY", new Secret(""));
        assertThat(values.get(COLOUR)).isEqualTo(Colour.DARK_BLUE);
        assertThat(values.get(LOUD)).isTrue();
        assertThat(values.get(BUILDERS)).containsOnlyKeys("linux", "windows");
        assertThat(values.get(BUILDERS).get("linux").get(BUILDER_COMMAND)).isEqualTo("make -j${JOBS}");
        assertThat(values.get(BUILDERS).get("windows").get(BUILDER_SLOTS)).isEqualTo(1);
        assertThat(values.origin(LISTEN)).isEqualTo("a.yaml:4:3");
    }

    @Test
    void all_mistakes_are_reported_at_once_each_at_its_line_and_column() {
        List<String> mistakes = mistakes("""
                zookeper: {connect: a}
                zookeeper:
                  sessionTimeout: 6s
                http: {listen: 8090}
                history: {retention_days: 0}
                colour: green
                loud: yes
                run: {command: sh}
                builders:
                  linux: {slots: many}
                """);

        assertThat(mistakes)
                .containsExactlyInAnyOrder(
                        "a.yaml:1:1: zookeper: is not a known key: did you mean zookeeper?",
                        "a.yaml:3:3: zookeeper.sessionTimeout: is not a known key: did you mean session_timeout?",
                        "a.yaml:1:1: name: is missing: write it (text), or set QUORATE_NAME",
                        "a.yaml:4:8: http.listen: `8090` has no port: write host:port, as 127.0.0.1:8090",
                        "a.yaml:5:11: history.retention_days: `0` is below the least value, 1 days",
                        "a.yaml:6:1: colour: `green` must be one of red, dark-blue",
                        "a.yaml:7:1: loud: `yes` must be true or false",
                        "a.yaml:8:7: run.command: must be a list: write [one, two], or a line with a dash for each",
                        "a.yaml:10:3: builders.linux.command: is missing: write it (text)",
                        "a.yaml:10:11: builders.linux.slots: `many` is not a whole number: write one from 1 to 100");
    }

    @Test
    void for_a_known_key_in_the_wrong_place_the_right_place_is_suggested() {
        assertThat(mistakes("name: a\nsession_timeout: 6s\n"))
                .containsExactly(
                        "a.yaml:2:1: session_timeout: is not a known key: did you mean zookeeper.session_timeout?");
    }

    @Test
    void a_scalar_where_a_section_belongs_is_one_mistake() {
        assertThat(mistakes("name: a\nzookeeper: zk1:2181\n"))
                .containsExactly("a.yaml:2:1: zookeeper: must be a section of the keys session_timeout");
    }

    @Test
    void a_number_without_a_unit_is_not_a_duration_and_the_units_are_listed() {
        assertThat(mistakes("name: a\nzookeeper: {session_timeout: 6}\n"))
                .singleElement()
                .asString()
                .startsWith("a.yaml:2:13: zookeeper.session_timeout: `6` has no unit: ")
                .contains("ms, s, m, h, d");
    }

    @Test
    void for_a_duration_out_of_range_the_bound_is_reported_with_its_unit() {
        assertThat(mistakes("name: a\nzookeeper: {session_timeout: 500ms}\n"))
                .containsExactly("a.yaml:2:13: zookeeper.session_timeout: `500ms` is below the least value, 1s");
        assertThat(mistakes("name: a\nzookeeper: {session_timeout: 2h}\n"))
                .containsExactly("a.yaml:2:13: zookeeper.session_timeout: `2h` is above the greatest value, 1m");
    }

    @Test
    void a_key_twice_is_refused_at_its_second_line() {
        assertThat(mistakes("name: a\nloud: true\nname: b\n"))
                .containsExactly("a.yaml:3:1: name: stands here a second time, after a.yaml:1:1: keep one of them");
    }

    @Test
    void aliases_and_second_documents_are_refused() {
        assertThat(mistakes("name: *x\n")).singleElement().asString().contains("aliases");
        assertThat(mistakes("name: a\n---\nname: b\n"))
                .singleElement()
                .asString()
                .contains("second document");
    }

    @Test
    void what_is_not_yaml_is_refused_with_its_line() {
        assertThat(mistakes("name: a\nrun: [\n"))
                .singleElement()
                .asString()
                .startsWith("a.yaml:")
                .contains("is not YAML");
    }

    @Test
    void in_an_empty_document_the_required_keys_are_missing() {
        assertThat(mistakes("")).containsExactly("a.yaml:1:1: name: is missing: write it (text), or set QUORATE_NAME");
    }

    @Test
    void a_variable_overrides_the_file_and_is_named_as_the_origin() {
        Values values = read(
                "name: a\n",
                Map.of(
                        "QUORATE_NAME", "b",
                        "QUORATE_ZOOKEEPER_SESSION_TIMEOUT", "10s",
                        "QUORATE_RUN_COMMAND", "[a, b]",
                        "QUORATE_SOMETHING_ELSE", "ignored"));

        assertThat(values.get(NAME)).isEqualTo("b");
        assertThat(values.get(TIMEOUT)).isEqualTo(Duration.ofSeconds(10));
        assertThat(values.get(COMMAND)).containsExactly("a", "b");
        assertThat(values.origin(NAME)).isEqualTo("environment QUORATE_NAME");
    }

    @Test
    void a_bad_variable_is_reported_without_its_content() {
        assertThat(mistakes("name: a\n", Map.of("QUORATE_ZOOKEEPER_SESSION_TIMEOUT", "hunter2")))
                .singleElement()
                .asString()
                .startsWith("environment QUORATE_ZOOKEEPER_SESSION_TIMEOUT: zookeeper.session_timeout: "
                        + "`$QUORATE_ZOOKEEPER_SESSION_TIMEOUT` is not a duration")
                .doesNotContain("hunter2");
    }

    @Test
    void references_to_the_environment_are_expanded() {
        Map<String, String> environment = Map.of("HOST", "h7", "EMPTY", "");

        assertThat(read("name: m-${HOST}-${SITE:-here}-$${HOST}-$x\n", environment)
                        .get(NAME))
                .isEqualTo("m-h7-here-${HOST}-$x");
        assertThat(read("name: ${EMPTY:-none}\n", environment).get(NAME)).isEqualTo("none");
        assertThat(read("name: a\nrun: {command: [\"${HOST}\"]}\n", environment).get(COMMAND))
                .containsExactly("h7");
    }

    @Test
    void a_reference_to_an_unset_variable_is_exactly_one_mistake() {
        assertThat(mistakes("name: ${HOST}\n"))
                .containsExactly("a.yaml:1:1: name: the environment has no HOST: set it, or write ${HOST:-default}");
        assertThat(mistakes("name: ${a b}\n")).singleElement().asString().contains("is no reference");
    }

    @Test
    void a_rule_is_checked_only_when_its_keys_are_valid_and_a_note_is_only_a_warning() {
        Keys ruled = Keys.of(NAME, DAYS)
                .rule(v -> v.get(DAYS) > 90 ? Optional.of("is too long") : Optional.empty(), DAYS, NAME)
                .note(v -> Optional.of("is noted"), NAME);

        assertThat(catchThrowableOfType(
                        ConfigurationErrors.class,
                        () -> YamlFile.parse("a.yaml", "name: a\nhistory: {retention_days: 91}\n")
                                .values(ruled, Map.of())))
                .hasMessage("a.yaml:2:11: history.retention_days: is too long");
        assertThat(catchThrowableOfType(
                        ConfigurationErrors.class,
                        () -> YamlFile.parse("a.yaml", "history: {retention_days: 91}\n")
                                .values(ruled, Map.of())))
                .hasMessage("a.yaml:1:1: name: is missing: write it (text)");
        assertThat(YamlFile.parse("a.yaml", "\nname: a\n")
                        .values(ruled, Map.of())
                        .notes())
                .containsExactly(new Mistake("a.yaml:2:1", "name", "is noted"));
    }

    private Path secretFile(String content, String mode) throws Exception {
        Path file = Files.writeString(directory.resolve("secret-" + mode), content);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    @Test
    void a_secret_comes_from_a_file_without_its_last_line_feed_and_is_never_shown() throws Exception {
        Path file = secretFile("hunter2\n", "rw-r-----");

        Values values = read("name: a\ndatabase: {password_file: " + file + "}\nrun: {environment: {T: hunter2}}\n");

        assertThat(values.find(PASSWORD).map(Secret::reveal)).contains("hunter2");
        assertThat(values.toString()).doesNotContain("hunter2").contains(Secret.CONCEALED);
        assertThat(values.find(PASSWORD)).hasToString("Optional[(concealed)]");
    }

    @Test
    void a_secret_that_others_may_read_is_refused() throws Exception {
        for (String mode : List.of("rw-r--r--", "rw-rw----", "rwx------")) {
            Path file = secretFile("hunter2", mode);

            assertThat(mistakes("name: a\ndatabase: {password_file: " + file + "}\n"))
                    .singleElement()
                    .asString()
                    .contains("has mode " + mode)
                    .contains("chmod 0640")
                    .doesNotContain("hunter2");
        }
    }

    /** As root a test can see into every folder; a link to itself is as hidden as a file in a closed folder. */
    @Test
    void a_secret_that_this_user_cannot_even_see_is_not_called_missing() throws Exception {
        Path hidden = secretFile("hunter2", "rw-------").resolveSibling("hidden");
        Files.createSymbolicLink(hidden, hidden);

        assertThat(mistakes("name: a\ndatabase: {password_file: " + hidden + "}\n"))
                .singleElement()
                .asString()
                .contains("cannot be read by", "its folder " + hidden.getParent() + " is for the group", "sudo adduser")
                .doesNotContain("is not a file");
    }

    @Test
    void a_secret_that_is_missing_or_empty_is_refused() throws Exception {
        assertThat(mistakes("name: a\ndatabase: {password_file: /does/not/exist}\n"))
                .singleElement()
                .asString()
                .contains("`/does/not/exist` is not a file");
        assertThat(mistakes("name: a\ndatabase: {password_file: " + secretFile("\n", "rw-------") + "}\n"))
                .singleElement()
                .asString()
                .contains("is empty");
    }

    @Test
    void the_effective_document_reads_back_to_the_same_values() {
        Values values = read("""
                name: 'a "quoted": # thing'
                http: {listen: 127.0.0.1:0}
                run: {command: [sh, -c, "a, b"]}
                builders: {linux: {command: make}, "odd name": {command: x}}
                """);

        String effective = values.effective();

        assertThat(effective).contains("session_timeout: 6s  # default").contains("# a.yaml:1:1");
        Values again = read(effective);
        for (Key<?> key : List.of(NAME, TIMEOUT, LISTEN, DAYS, COMMAND, COLOUR)) {
            assertThat(again.find(key)).as(key.path()).isEqualTo(values.find(key));
        }
        assertThat(again.get(BUILDERS).get("odd name").get(BUILDER_COMMAND)).isEqualTo("x");
    }

    @Test
    void a_file_that_is_not_there_or_not_text_is_refused() throws Exception {
        Path binary = Files.write(directory.resolve("b.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});

        assertThat(catchThrowableOfType(ConfigurationErrors.class, () -> YamlFile.read(directory.resolve("none.yaml"))))
                .hasMessageEndingWith("none.yaml: cannot be read: no such file");
        assertThat(catchThrowableOfType(ConfigurationErrors.class, () -> YamlFile.read(binary)))
                .hasMessageEndingWith("b.yaml: is not UTF-8: save it as UTF-8");
    }
}
