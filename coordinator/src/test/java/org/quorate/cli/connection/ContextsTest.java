package org.quorate.cli.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Failure;

class ContextsTest {
    @TempDir
    Path home;

    @BeforeEach
    void write() throws Exception {
        Files.createDirectories(home.resolve(".config/quorate"));
        Files.writeString(home.resolve(".config/quorate/config.yaml"), """
                current: prod
                contexts:
                  prod:
                    {cluster: prod, zookeeper: 'z1:2181,z2:2181', database: {url: 'jdbc:postgresql://db/prod', user: ana}}
                  lab: {cluster: lab, database: {url: 'postgresql://lab:5433/q'}}
                """);
    }

    private Console console(Map<String, String> environment) {
        PrintWriter nowhere = new PrintWriter(new StringWriter());
        return new Console(nowhere, nowhere, environment, home, false, () -> 0, length -> false);
    }

    @Test
    void the_current_context_is_used_by_default() {
        Target target = Contexts.target(console(Map.of()), Map.of(), null, null);

        assertThat(target.cluster()).contains("prod");
        assertThat(target.url()).contains("jdbc:postgresql://db/prod");
        assertThat(target.user()).contains("ana");
        assertThat(target.zookeeper()).contains("z1:2181,z2:2181");
    }

    @Test
    void a_flag_overrides_the_environment_which_overrides_the_file() {
        Map<String, String> environment =
                Map.of("QUORATE_CONTEXT", "lab", "QUORATE_CLUSTER", "env", "QUORATE_DATABASE_USER", "env");

        Target target = Contexts.target(console(environment), Map.of("--user", "flag"), null, null);

        assertThat(target.url()).contains("jdbc:postgresql://lab:5433/q");
        assertThat(target.cluster()).contains("env");
        assertThat(target.user()).contains("flag");
        assertThat(target.zookeeper()).isEmpty();
    }

    @Test
    void an_unknown_context_is_rejected_with_the_nearest_as_a_suggestion() {
        assertThatThrownBy(() -> Contexts.target(console(Map.of()), Map.of(), null, "prd"))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("has no context prd; did you mean prod?");
    }

    @Test
    void mistakes_in_the_file_are_reported_on_one_line_with_their_positions() throws Exception {
        Path file = Files.writeString(
                home.resolve("bad.yaml"), "current: a\ncontexts:\n  a: {clustr: x}\n  b: {database: 7}\n");

        assertThatThrownBy(() -> Contexts.target(console(Map.of()), Map.of(), file.toString(), null))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("bad.yaml:3:7: contexts.a.clustr: ")
                .hasMessageContaining("did you mean cluster?")
                .hasMessageContaining("bad.yaml:4:7: contexts.b.database: ")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }
}
