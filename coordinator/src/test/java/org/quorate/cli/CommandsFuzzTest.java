package org.quorate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import org.quorate.testing.PostgresFixture;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Passes odd values to every option and every parameter of every command. Each call ends with a documented exit code. A
 * rejected call changes nothing, and prints one line without a stack trace.
 */
class CommandsFuzzTest {
    private static final int ROUNDS = 1;
    /** Limits the calls, since all commands have some options in common. */
    private static final int MOST_OF_ONE_OPTION = 4;
    /** These print too much, or look for a host that does not exist. */
    private static final Set<String> LEFT_OUT = Set.of("--verbose", "--help", "--version", "--zookeeper");

    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "-1",
            "0",
            "1",
            "99",
            "2147483647",
            "2147483648",
            "-2147483648",
            "1e9",
            "NaN",
            "m1",
            "m3",
            "linux-gcc",
            "nightly",
            "never",
            "'",
            "\"",
            "\\",
            "%s%n",
            "${sys:user.home}",
            "$(reboot)",
            ":id",
            "$1",
            "--",
            "-o",
            "@/etc/passwd",
            "'; drop table buildrequests; --",
            "a=b",
            "=",
            "a\u0000b",
            "a\nb",
            "\u001b[2J",
            "\ud83d",
            "\u202e",
            "5s",
            "0s",
            "999999999d",
            "2026-11-24",
            "2026-13-45T99:99:99Z",
            "..",
            "/",
            "/dev/null",
            "jdbc:postgresql://",
            "x".repeat(100_000));

    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perClass();

    @TempDir
    static Path home;

    private final Map<String, Integer> times = new HashMap<>();
    private final Random random = new Random(20261126);

    @BeforeAll
    static void populate() {
        Operator.populate(POSTGRES);
        Operator.execute(POSTGRES, "select quorate_v1.submit('linux-gcc', count => 3)");
    }

    @Test
    void whatever_is_typed_ends_with_a_documented_exit_code_and_one_clear_line() {
        Console console = new Console(
                new PrintWriter(new StringWriter()),
                new PrintWriter(new StringWriter()),
                Map.of(),
                home,
                false,
                System::nanoTime,
                length -> false);
        List<List<String>> calls = new ArrayList<>();
        collect(Main.line(console), List.of(), calls);
        assertThat(calls).hasSizeGreaterThan(100);

        SoftAssertions.assertSoftly(soft -> calls.forEach(words -> type(words, soft)));
    }

    /**
     * Adds calls of each command: without arguments, with odd parameters, and with each option beside good parameters.
     */
    private void collect(CommandLine line, List<String> words, List<List<String>> calls) {
        new LinkedHashSet<>(line.getSubcommands().values())
                .forEach(sub -> collect(sub, with(words, sub.getCommandName()), calls));
        calls.add(words);
        List<String> parameters = line.getCommandSpec().positionalParameters().stream()
                .map(each -> "1")
                .toList();
        for (int round = 0; round < ROUNDS; round++) {
            calls.add(with(words, any()));
            calls.add(with(words, any(), any()));
            for (OptionSpec option : line.getCommandSpec().options()) {
                boolean leftOut = Arrays.stream(option.names()).anyMatch(LEFT_OUT::contains);
                if (!leftOut && times.merge(option.longestName(), 1, Integer::sum) <= MOST_OF_ONE_OPTION) {
                    List<String> call = with(words, option.longestName());
                    if (option.arity().max() > 0) {
                        call.add(any());
                    }
                    call.addAll(parameters);
                    calls.add(call);
                }
            }
        }
    }

    private void type(List<String> words, SoftAssertions soft) {
        String before = state();

        Operator.Said said = Operator.of(POSTGRES, home).types(words.toArray(new String[0]));

        String typed = words.stream()
                .map(word -> word.length() > 40 ? word.substring(0, 40) + "…" : word)
                .toList()
                .toString();
        soft.assertThat(said.exit()).as(typed).isBetween(Exit.OK, Exit.IMPAIRED);
        soft.assertThat(said.err())
                .as(typed)
                .doesNotContain("should not have happened", "Exception", "\tat ", "\u001b")
                .hasSizeLessThan(4_000);
        if (said.exit() == Exit.USAGE || said.exit() == Exit.REFUSED) {
            soft.assertThat(said.out() + said.err()).as(typed).isNotBlank();
            soft.assertThat(said.err().lines().count())
                    .as(typed + " " + said.err())
                    .isLessThanOrEqualTo(1);
            soft.assertThat(state()).as(typed).isEqualTo(before);
        }
    }

    private String any() {
        return TEXTS.get(random.nextInt(TEXTS.size()));
    }

    private static List<String> with(List<String> words, String... more) {
        List<String> all = new ArrayList<>(words);
        all.addAll(List.of(more));
        return all;
    }

    private static String state() {
        return POSTGRES.database()
                .text("select concat_ws('|', (select count(*) from quorate.history),"
                        + " (select count(*) from buildrequests),"
                        + " (select count(*) from quorate.cancellation),"
                        + " (select string_agg(m::text, ' ' order by masterid) from quorate.master m),"
                        + " (select string_agg(s::text, ' ' order by schedulerid) from quorate.scheduler s))");
    }
}
