package org.quorate.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.quorate.agent.shell.ShellKeys;
import org.quorate.cli.connection.ContextKeys;
import org.quorate.config.Keys;
import org.quorate.config.YamlFile;

/** Keeps {@code CONFIGURATION.md} correct. Run with {@code -Dquorate.write=true} to write the tables again. */
class ConfigurationReferenceTest {
    private static final Path PAGE = Path.of("CONFIGURATION.md");
    private static final String END = "<!-- end of keys -->\n";

    @Test
    void the_tables_of_keys_are_what_the_programs_read() throws Exception {
        isWritten("AgentKeys", AgentConfiguration.keys());
        isWritten("ShellKeys", ShellKeys.ALL);
        isWritten("ContextKeys", ContextKeys.ALL);
    }

    private static void isWritten(String source, Keys keys) throws Exception {
        String mark = "<!-- keys: made from " + source + " -->\n";
        String page = Files.readString(PAGE);
        int begin = page.indexOf(mark) + mark.length();
        int end = page.indexOf(END, begin);

        if (Boolean.getBoolean("quorate.write")) {
            Files.writeString(PAGE, page.substring(0, begin) + keys.table() + page.substring(end));
        }

        assertThat(Files.readString(PAGE)).contains(mark + keys.table() + END);
    }

    @Test
    void each_key_of_each_file_is_described() {
        for (Keys keys : List.of(AgentConfiguration.keys(), ShellKeys.ALL, ContextKeys.ALL)) {
            assertThat(keys.table().lines()).noneMatch(row -> row.matches("(\\|[^|]*){5}\\|  \\|.*"));
        }
        assertThat(ShellKeys.ALL.table()).contains("| `builders.NAME.command` |", "| `schedulers.NAME.every` |");
    }

    @Test
    void the_example_on_the_page_can_be_used() throws Exception {
        String page = Files.readString(PAGE);
        int begin = page.indexOf("```yaml\n") + "```yaml\n".length();
        String example = page.substring(begin, page.indexOf("```\n", begin)).replaceAll("(?m)^.*password_file.*\n", "");

        AgentConfiguration configuration =
                AgentConfiguration.of(YamlFile.parse("example", example).values(AgentConfiguration.keys(), Map.of()));

        assertThat(configuration.buildmaster()).isPresent();
        assertThat(configuration.listen()).isPresent();
    }
}
