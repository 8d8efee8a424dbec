package org.quorate.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.quorate.demo.cluster.Zombie;
import org.quorate.demo.report.LiveViewTest;
import org.quorate.demo.report.Screen;
import org.quorate.demo.report.Summary;
import org.quorate.demo.report.SummaryTest;

/** The screen that the README of this module shows is one that the demo can print. */
class ReadmeScreenTest {
    private static final Pattern BLOCK =
            Pattern.compile("<!-- demo screen -->\\n```text\\n(.*?)```\\n<!-- end of demo screen -->", Pattern.DOTALL);
    /** The heading of a table: words in capitals, separated by blanks. */
    private static final Pattern HEADING = Pattern.compile("[A-Z]+( +[A-Z]+)+");

    @Test
    void the_screen_in_the_readme_has_the_headings_that_the_demo_prints() throws Exception {
        List<String> shown = screen();

        assertThat(headings(shown)).isNotEmpty().isEqualTo(headings(printed()));
    }

    @Test
    void the_screen_in_the_readme_shows_a_run_that_was_whole() throws Exception {
        List<String> shown = screen();

        assertThat(shown).contains("VERIFIED");
        for (String line : summary().verification().table()) {
            assertThat(shown).contains(line);
        }
        assertThat(String.join("\n", shown))
                .containsPattern("\\* SIGKILL to all \\d+ processes of m\\d: agent, buildmaster and builds")
                .containsPattern("\\* SIGSTOP to all \\d+ processes of m\\d for [\\d.]+ s, past its session")
                .containsPattern(
                        "\\* SIGCONT to m\\d: with its old epoch it tried a claim, a completion, a tick: refused")
                .containsPattern("m\\d killed: \\d+ buildrequests?( and \\d+ schedulers?)? moved in [\\d.]+ s");
    }

    private static List<String> screen() throws Exception {
        Matcher block = BLOCK.matcher(Files.readString(Path.of("README.md")));
        assertThat(block.find())
                .as("README.md of deploy/demo has a block between its two marks")
                .isTrue();
        return block.group(1).lines().toList();
    }

    private static List<String> printed() {
        return Stream.concat(Screen.lines(LiveViewTest.picture(150), 300).stream(), summary().lines().stream())
                .toList();
    }

    private static Summary summary() {
        return SummaryTest.summary(Map.of(), 0, Zombie.Attempts.none(), List.of());
    }

    private static List<String> headings(List<String> lines) {
        return lines.stream().filter(HEADING.asMatchPredicate()).toList();
    }
}
