package org.quorate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Compares REGRESSIONS.md with the tests of all modules. */
class RegressionsTest {
    private static final Pattern TEST = Pattern.compile("`(\\w+)#(\\w+)`");
    private static final List<String> MODULES =
            List.of("sql", "sql/embedded", "coordinator", "master-agent", "deploy", "deploy/demo");

    @Test
    void every_fault_of_others_has_a_test_that_exists() throws Exception {
        List<String> rows = Files.readAllLines(Path.of("REGRESSIONS.md")).stream()
                .filter(line -> line.startsWith("| ") && !line.startsWith("| what happened"))
                .toList();

        assertThat(rows).hasSizeGreaterThanOrEqualTo(18);
        for (String row : rows) {
            List<MatchResult> named = TEST.matcher(row).results().toList();
            assertThat(named).as(row).isNotEmpty();
            for (MatchResult test : named) {
                assertThat(source(test.group(1)))
                        .as(test.group())
                        .containsPattern("\\b(void|ArchRule) " + test.group(2) + "\\b");
            }
        }
    }

    private static String source(String name) throws IOException {
        for (String module : MODULES) {
            try (Stream<Path> files = Files.walk(Path.of("..", module, "src", "test", "java"))) {
                List<Path> found = files.filter(
                                file -> file.getFileName().toString().equals(name + ".java"))
                        .toList();
                if (!found.isEmpty()) {
                    return Files.readString(found.get(0));
                }
            }
        }
        return "";
    }
}
