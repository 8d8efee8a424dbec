package org.quorate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quorate.cli.output.Exit;
import org.quorate.testing.PostgresFixture;
import org.quorate.testing.TestDatabase;

/** Bad or missing input ends in one line: what is wrong, where, and how to mend it. Nothing is changed. */
class BadInputTest {
    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perClass();

    @TempDir
    static Path home;

    @BeforeAll
    static void populate() {
        Operator.populate(POSTGRES);
    }

    private static void complains(Operator.Said said, int exit, String part) {
        assertThat(said.exit()).as(said.err()).isEqualTo(exit);
        assertThat(said.out()).isEmpty();
        assertThat(said.err().lines())
                .hasSize(1)
                .allSatisfy(line -> assertThat(line).startsWith("quorate: "));
        assertThat(said.err()).contains(part).doesNotContain("Exception");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            bogus                               | did you mean
            statsu                              | did you mean status
            masters --bogus                     | Unknown option: '--bogus'
            masters -o xml                      | 'xml' is no form: write table, wide or json
            masters --timeout never             | is not a duration
            masters --timeout 0s                | must be longer than nothing
            requests --state lost               | pending, claimed, complete
            requests --limit 0                  | --limit is 0, but must be between 1 and 100000
            requests --limit many               | 'many' is not an int
            requests --builder linux-gc         | there is no builder linux-gc; did you mean linux-gcc?
            requests --owner m9                 | there is no master m9; did you mean m1?
            history --master nobody             | there is no master nobody; there is m1, m2, m3
            history --limit -1                  | --limit is -1
            request                             | quorate request show ID
            request show                        | Missing required parameter: 'ID'
            request show 99                     | there is no buildrequest 99: list them with quorate requests
            request show one                    | 'one' is not an int
            request show 99999999999            | is not an int
            explain 99                          | there is no buildrequest 99
            submit                              | Missing required parameter: 'BUILDER'
            submit gcc                          | there is no builder gcc; there is linux-gcc, linux-clang
            submit linux-gcc -p novalue         | 'novalue' is no property: write -p name=value
            submit linux-gcc -p =x              | is no property
            submit linux-gcc --count 0          | --count is 0
            submit linux-gcc --count 10001      | --count is 10001
            submit linux-gcc --priority high    | 'high' is not an int
            cancel                              | Missing required parameter: 'ID'
            cancel 99                           | there is no buildrequest 99, so nothing was changed
            cancel all                          | 'all' is not an int
            reprioritize 1                      | Missing required parameter: 'PRIORITY'
            reprioritize 99 1                   | there is no buildrequest 99
            drain                               | Missing required parameter: 'MASTER'
            drain M1                            | there is no master M1; did you mean m1?
            undrain m                           | there is no master m
            move nightly                        | name the new owner once: quorate move nightly --to MASTER
            move nightly m1 --to m1             | name the new owner once: quorate move nightly --to MASTER
            history --kind lead,fenced          | the history has no kind 'fenced'; did you mean fence?
            move nigtly --to m1                 | there is no scheduler nigtly; did you mean nightly?
            move nightly --to m11               | there is no master m11; did you mean m1?
            disable never                       | there is no scheduler never
            schema                              | adopt, create, leave, new-identity, pair or status
            schema create                       | database run quorate schema adopt
            schema create --standalone          | give --cluster NAME
            schema adopt                        | give --cluster NAME
            """)
    void wrong_use_exits_with_two_and_one_line(String command, String complaint) {
        Operator.Said said = Operator.of(POSTGRES, home).types(command.strip().split(" +"));

        complains(said, Exit.USAGE, complaint);
        assertThat(Operator.rows(POSTGRES, "select 1 from quorate.history")).isEmpty();
        assertThat(Operator.rows(POSTGRES, "select 1 from buildrequests")).isEmpty();
    }

    @Test
    void a_command_without_a_database_prints_the_three_ways_to_name_one() {
        complains(Operator.at(home).types("masters"), Exit.USAGE, "give --database");
    }

    @Test
    void an_unreachable_database_exits_with_six() {
        Operator nowhere = Operator.at(home).with("QUORATE_DATABASE_URL", "jdbc:postgresql://127.0.0.1:1/none");

        complains(
                nowhere.types("masters"),
                Exit.UNREACHABLE,
                "the database at postgresql://127.0.0.1:1/none is unreachable");
    }

    @Test
    void a_refused_user_and_a_missing_database_exit_with_six() {
        complains(
                Operator.of(POSTGRES, home)
                        .with("QUORATE_DATABASE_USER", "nobody")
                        .types("masters"),
                Exit.UNREACHABLE,
                "check --user");
        complains(
                Operator.of(POSTGRES, home).types("masters", "--database", POSTGRES.url() + "x"),
                Exit.UNREACHABLE,
                "does not exist");
    }

    @Test
    void a_database_without_the_schema_exits_with_three_and_prints_how_to_create_it() {
        try (TestDatabase empty = TestDatabase.empty()) {
            Operator.Said said = Operator.of(POSTGRES, home).types("masters", "--database", empty.url());

            complains(said, Exit.PRECONDITION, "make it with quorate schema adopt --cluster NAME");
        }
    }

    @Test
    void a_database_of_another_cluster_is_refused_with_four() {
        complains(
                Operator.of(POSTGRES, home).types("drain", "m1", "--cluster", "prod"),
                Exit.REFUSED,
                "belongs to the cluster test, not to prod");
    }

    @Test
    void a_url_with_a_password_in_it_is_refused_and_not_repeated() {
        Operator.Said said = Operator.at(home).types("masters", "--database", "postgresql://ana:sesame@db/quorate");

        complains(said, Exit.USAGE, "is no database URL");
        assertThat(said.err()).doesNotContain("sesame");
    }

    @Test
    void a_password_file_that_others_may_read_is_refused() throws Exception {
        Path file = Files.writeString(home.resolve("open"), "sesame");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

        Operator.Said said = Operator.of(POSTGRES, home).types("masters", "--password-file", file.toString());

        complains(said, Exit.USAGE, "--password-file: database.password_file: ");
        assertThat(said.err()).contains("chmod").doesNotContain("sesame");
    }

    @Test
    void a_stack_trace_is_printed_with_verbose_only() {
        Operator nowhere = Operator.at(home).with("QUORATE_DATABASE_URL", "jdbc:postgresql://127.0.0.1:1/none");

        assertThat(nowhere.types("masters", "--verbose").err()).contains("at org.quorate.cli");
    }

    @Test
    void odd_arguments_neither_crash_nor_reach_the_statement_as_sql() {
        List<String> odd = List.of(
                "'; drop table buildrequests; --",
                "\"",
                "$1",
                ":id",
                "\\",
                "%s%n",
                "a\u0000b",
                "a\nb",
                "\u001b[2J",
                "\ud83d\ude00",
                "\ud83d",
                "${sys:user.home}",
                "@/etc/passwd",
                "",
                " ",
                "x".repeat(1_000_000));
        for (String text : odd) {
            for (String[] words : List.<String[]>of(
                    new String[] {"submit", text},
                    new String[] {"submit", "linux-gcc", "-p", "k=" + text, "--dry-run"},
                    new String[] {"submit", "linux-gcc", "-p", text + "=v", "--dry-run"},
                    new String[] {"submit", "linux-gcc", "--why", text, "--dry-run"},
                    new String[] {"cancel", text},
                    new String[] {"drain", text},
                    new String[] {"move", text, "--to", text},
                    new String[] {"requests", "--builder", text},
                    new String[] {"history", "--kind", text})) {
                Operator.Said said = Operator.of(POSTGRES, home).types(words);

                assertThat(said.exit()).as(words[0] + ": " + said.err()).isIn(Exit.OK, Exit.USAGE);
                assertThat(said.err())
                        .doesNotContain("should not have happened")
                        .doesNotContain("\u001b");
                assertThat(said.err().length()).isLessThan(2_000);
            }
        }
        assertThat(Operator.rows(POSTGRES, "select 1 from quorate.history")).isEmpty();
    }

    @Test
    void random_words_end_with_a_documented_exit_code() {
        Random random = new Random(20261124);
        String letters = "abcxyz0159-_=:;'\"\\%$@{}[]()<>|&!?*.,/ \t\né";
        for (int round = 0; round < 60; round++) {
            StringBuilder word = new StringBuilder();
            for (int i = random.nextInt(12); i >= 0; i--) {
                word.append(letters.charAt(random.nextInt(letters.length())));
            }
            List<String> commands =
                    List.of("submit", "cancel", "explain", "reprioritize", "drain", "masters", "history");
            String[] words = {commands.get(random.nextInt(commands.size())), word.toString(), word.toString()};

            Operator.Said said = Operator.of(POSTGRES, home).types(words);

            assertThat(said.exit()).as(String.join(" ", words)).isIn(Exit.OK, Exit.USAGE);
            assertThat(said.err()).doesNotContain("should not have happened");
        }
    }
}
