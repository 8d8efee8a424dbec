package org.quorate.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.quorate.config.YamlFile;

/** Keeps {@code CONFIGURATION.md} true. Run with {@code -Dquorate.write=true} to write the table anew. */
class ConfigurationReferenceTest {
    private static final Path PAGE = Path.of("CONFIGURATION.md");
    private static final String BEGIN = "<!-- keys: made from AgentKeys -->\n";
    private static final String END = "<!-- end of keys -->\n";

    @Test
    void the_table_of_keys_is_what_the_agent_reads() throws Exception {
        String page = Files.readString(PAGE);
        int begin = page.indexOf(BEGIN) + BEGIN.length();
        int end = page.indexOf(END);
        String table = AgentConfiguration.keys().table();

        if (Boolean.getBoolean("quorate.write")) {
            Files.writeString(PAGE, page.substring(0, begin) + table + page.substring(end));
        }

        assertThat(Files.readString(PAGE)).contains(BEGIN + table + END);
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
