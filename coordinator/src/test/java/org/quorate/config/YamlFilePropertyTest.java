package org.quorate.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** Whatever a file holds, it is read or rejected, and each mistake has its place. */
class YamlFilePropertyTest {
    private static final Key<String> NAME = Key.text("name");
    private static final Key<Duration> TIMEOUT =
            Key.duration("zookeeper.session_timeout", "1s", "60s").otherwise("6s");
    private static final Key<HostPort> LISTEN = Key.hostPort("http.listen").optional();
    private static final Key<List<String>> COMMAND = Key.textList("run.command").otherwise("[]");
    private static final Key<Map<String, Secret>> ENVIRONMENT =
            Key.secretMap("run.environment").otherwise("{}");
    private static final Key<Map<String, Values>> BUILDERS =
            Key.namedSections("builders", Keys.of(Key.text("command"))).otherwise("{}");
    private static final Keys KEYS = Keys.overridden("QUORATE_", NAME, TIMEOUT, LISTEN, COMMAND, ENVIRONMENT, BUILDERS);

    private static final String GOOD = """
            name: m1
            zookeeper: {session_timeout: 6s}
            http:
              listen: "127.0.0.1:1"
            run: {command: [a, "b"], environment: {A: "${X:-y}"}}
            builders:
              linux: {command: make}
            """;

    private static void readOrRefused(String text, Map<String, String> environment) {
        try {
            Values values = YamlFile.parse("f.yaml", text).values(KEYS, environment);
            assertThat(values.get(NAME)).isNotBlank();
            assertThat(values.effective()).isNotBlank();
        } catch (ConfigurationErrors e) {
            assertThat(e.mistakes()).isNotEmpty().allSatisfy(mistake -> {
                assertThat(mistake.place())
                        .matches("f\\.yaml(:[0-9]+:[0-9]+)?|environment QUORATE_[A-Z_]+(:[0-9]+:[0-9]+)?");
                assertThat(mistake.what()).isNotBlank();
            });
        }
    }

    @Property(tries = 2000)
    void any_text_of_a_yaml_file_is_read_or_refused_with_the_place_of_each_mistake(@ForAll String text) {
        readOrRefused(text, Map.of());
    }

    @Property(tries = 2000)
    void any_text_of_yamls_own_characters_is_read_or_refused(@ForAll @From("yamlish") String text) {
        readOrRefused(text, Map.of("X", "1"));
    }

    @Property(tries = 2000)
    void a_good_file_with_one_change_is_read_or_refused(
            @ForAll @From("places") int place,
            @ForAll @From("places") int length,
            @ForAll @From("yamlish") String put) {
        int from = place % GOOD.length();
        int to = Math.min(GOOD.length(), from + length % 4);
        readOrRefused(GOOD.substring(0, from) + put + GOOD.substring(to), Map.of());
    }

    @Property(tries = 500)
    void any_text_in_a_variable_is_read_or_refused_and_not_repeated(@ForAll @From("yamlish") String value) {
        readOrRefused(
                GOOD, Map.of("QUORATE_RUN_COMMAND", value, "QUORATE_ZOOKEEPER_SESSION_TIMEOUT", value, "X", value));
    }

    @Property(tries = 500)
    void a_secret_in_a_value_is_neither_in_messages_nor_in_the_effective_document(
            @ForAll @From("letters") String secret) {
        String canary = "canary" + secret;
        String text = GOOD.replace("6s", "\"${X}\"").replace("make", "\"${Y}\"");
        try {
            YamlFile.parse("f.yaml", text).values(KEYS, Map.of("X", canary, "QUORATE_HTTP_LISTEN", canary));
            Assertions.fail("must be refused");
        } catch (ConfigurationErrors e) {
            assertThat(e.mistakes()).hasSize(3);
            assertThat(e.getMessage()).doesNotContain(canary);
        }
        assertThat(YamlFile.parse("f.yaml", GOOD)
                        .values(KEYS, Map.of("X", canary))
                        .toString())
                .doesNotContain(canary);
    }

    @Property
    void a_duration_reads_back_as_it_was_written(@ForAll @LongRange(min = 0, max = 999_999_999) long millis)
            throws Unreadable {
        Duration duration = Duration.ofMillis(millis);

        assertThat(Durations.parse(Durations.format(duration))).isEqualTo(duration);
    }

    @Test
    void line_breaks_of_yaml_that_json_does_not_know_survive_the_effective_document() {
        any_text_value_survives_the_effective_document("a\u0085b\u2028c\u2029d\ufeffe");
    }

    @Property
    void any_text_value_survives_the_effective_document(@ForAll String value) {
        if (value.isBlank() || value.contains("${")) {
            return;
        }
        String shown = "name: " + Effective.scalar(value) + "\n";
        List<Mistake> mistakes = new java.util.ArrayList<>();
        Node root = YamlTree.parse("f.yaml", shown, mistakes);

        if (mistakes.isEmpty()) {
            assertThat(((Node.Mapping) root).entries().get("name"))
                    .extracting(node -> ((Node.Scalar) node).text())
                    .isEqualTo(value);
        } else {
            // a file can never hold characters that YAML does not allow in any form
            assertThat(value.codePoints()).anyMatch(c -> c < ' ' || (c >= 0x7f && c < 0xa0) || c >= 0xd800);
        }
    }

    @Provide
    Arbitrary<String> yamlish() {
        return Arbitraries.strings()
                .withChars("abc019 \n\t:-,[]{}#&*!|>'\"%@`?~$\\.=<+_")
                .ofMaxLength(40);
    }

    @Provide
    Arbitrary<String> letters() {
        return Arbitraries.strings().alpha().ofMinLength(3).ofMaxLength(20);
    }

    @Provide
    Arbitrary<Integer> places() {
        return Arbitraries.integers().between(0, 10_000);
    }
}
