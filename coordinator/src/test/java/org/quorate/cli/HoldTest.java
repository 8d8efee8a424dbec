package org.quorate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.cli.output.Exit;
import org.quorate.sql.Statements;
import org.quorate.testing.PostgresFixture;

/** Holds of a builder, a master and everything. */
class HoldTest {
    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perTest();

    @TempDir
    private Path home;

    @BeforeEach
    void populate() {
        Operator.populate(POSTGRES);
        Operator.execute(
                POSTGRES,
                "insert into builder_masters (builderid, masterid) values (1, 2), (2, 2)",
                "select quorate_v1.submit('linux-gcc')",
                "select quorate_v1.submit('linux-clang')");
    }

    private Operator.Said types(String... arguments) {
        return Operator.of(POSTGRES, home).types(arguments);
    }

    /** Returns what a master's turn claims of both builders now; it is free again afterwards. */
    private static List<String> pickedBy(int master) {
        return claimed("claims/take", master);
    }

    private static List<String> claimed(String name, int master) {
        String statement = Statements.named(name)
                .replace(":brids", "'{1,2}'")
                .replace(":builderids", "'{1,2}'")
                .replace(":slots", "'{9,9}'")
                .replace(":negated_priorities", "'{-9,-9}'")
                .replace(":submitted_ats", "'{0,0}'")
                .replace(":floor_brids", "'{0,0}'")
                .replace(":passed_over", "'{}'")
                .replace(":masterid", String.valueOf(master))
                .replace(":epoch", "7")
                .replace(":attempt", "gen_random_uuid()")
                .replace(":actor", "'test'")
                .replace(":limit", "9");
        List<String> picked = Operator.rows(POSTGRES, statement).stream()
                .map(row -> row.split(" ", 2)[0])
                .sorted()
                .toList();
        Operator.execute(POSTGRES, "delete from quorate.claim; delete from buildrequest_claims");
        return picked;
    }

    /** Returns what is claimed of requests that a buildmaster chose among those that it was offered before. */
    private static List<String> chosenBy(int master) {
        return claimed("claims/take_chosen", master);
    }

    private static List<String> offered() {
        return claimed("claims/candidates", 1);
    }

    /** Whether the fence tells this master to take and tick nothing. */
    private static String closed(int master) {
        return Operator.rows(
                        POSTGRES,
                        Statements.named("masters/fence")
                                .replace(":masterid", String.valueOf(master))
                                .replace(":epoch", "(select epoch from quorate.master where masterid = " + master + ")")
                                .replace(
                                        ":incarnation",
                                        "(select incarnation from quorate.master where masterid = " + master + ")"))
                .get(0)
                .split(" ", 2)[0];
    }

    @Test
    void nothing_of_a_held_builder_is_claimed_until_the_hold_is_lifted() {
        assertThat(pickedBy(1)).containsExactly("1", "2");

        assertThat(types("hold", "builder", "linux-gcc", "--why", "new board", "--until", "2h")
                        .out())
                .contains("builder linux-gcc  held");

        assertThat(pickedBy(1)).containsExactly("2");
        assertThat(pickedBy(2)).containsExactly("2");
        assertThat(chosenBy(2)).containsExactly("2");
        assertThat(offered()).containsExactly("2");
        assertThat(types("explain", "1").out())
                .contains("WILL NOT START NOW", "builder linux-gcc is held by ana until", ": new board")
                .contains("would start if: lift the hold: quorate lift builder linux-gcc, or wait until it ends");
        assertThat(types("status").out())
                .containsPattern("builder linux-gcc is held by ana until [-0-9]{10}T[:0-9]{8}Z: new board");
        assertThat(types("holds").out()).containsPattern("builder +linux-gcc +ana .*new board");
        assertThat(types("lift", "builder", "linux-gcc").out()).contains("lifted");
        assertThat(types("lift", "builder", "linux-gcc").out()).contains("unchanged");
        assertThat(pickedBy(1)).containsExactly("1", "2");
        assertThat(chosenBy(1)).containsExactly("1", "2");
        assertThat(offered()).containsExactly("1", "2");
        assertThat(Operator.rows(POSTGRES, "select kind, actor from quorate.history where kind in ('hold', 'lift')"))
                .containsExactly("hold ana", "lift ana");
        assertThat(types("history", "--kind", "hold").out()).contains("builder linux-gcc: new board, until");
    }

    @Test
    void a_hold_outlasts_the_failover_and_the_return_of_its_master() {
        types("hold", "builder", "linux-gcc", "--why", "new board");
        types("hold", "master", "m1", "--why", "hot");

        Operator.execute(
                POSTGRES,
                "set application_name = 'quorate-test';"
                        + " update quorate.master set state = 'fenced', epoch = 20 where masterid = 1;"
                        + " update quorate.master set state = 'active', epoch = 21, incarnation = gen_random_uuid()"
                        + " where masterid = 1");

        assertThat(closed(1)).isEqualTo("t");
        assertThat(pickedBy(1)).isEmpty();
        assertThat(pickedBy(2)).containsExactly("2");
    }

    @Test
    void a_held_master_takes_and_ticks_nothing_and_the_others_go_on() {
        types("hold", "master", "m1", "--why", "hot");

        assertThat(pickedBy(1)).isEmpty();
        assertThat(chosenBy(1)).isEmpty();
        assertThat(closed(1)).isEqualTo("t");
        assertThat(pickedBy(2)).containsExactly("1", "2");
        assertThat(closed(2)).isEqualTo("f");
        assertThat(types("explain", "1").out()).contains("open: m2");
    }

    @Test
    void a_pause_holds_everything_and_the_first_line_says_who_and_why_until_resume() {
        assertThat(types("pause", "--why", "upgrade of the database").exit()).isZero();

        Operator.Said status = types("status");
        assertThat(status.lines().get(0))
                .isEqualTo("test  mode HALTED: no build is started and no scheduler runs: everything is held by ana:"
                        + " upgrade of the database");
        assertThat(status.exit()).isEqualTo(Exit.IMPAIRED);
        assertThat(IntStream.of(1, 2).mapToObj(HoldTest::pickedBy)).allMatch(List::isEmpty);
        assertThat(IntStream.of(1, 2).mapToObj(HoldTest::chosenBy)).allMatch(List::isEmpty);
        assertThat(offered()).isEmpty();
        assertThat(IntStream.of(1, 2).mapToObj(HoldTest::closed)).containsOnly("t");
        assertThat(types("resume").out()).contains("lifted");
        assertThat(pickedBy(1)).containsExactly("1", "2");
    }

    @Test
    void a_hold_ends_by_itself() {
        types("hold", "everything", "--why", "short", "--until", "1h");
        assertThat(pickedBy(1)).isEmpty();

        Operator.execute(POSTGRES, "update quorate.hold set until = now() - interval '1 second'");

        assertThat(pickedBy(1)).containsExactly("1", "2");
        assertThat(closed(1)).isEqualTo("f");
        assertThat(types("holds").lines()).hasSize(1);
        assertThat(types("lift", "everything").out()).contains("unchanged");
    }

    @Test
    void a_hold_without_a_reason_or_of_something_unknown_is_refused() {
        assertThat(types("hold", "builder", "linux-gcc").err()).contains("a hold needs a reason");
        assertThat(types("pause").exit()).isEqualTo(Exit.USAGE);
        assertThat(types("hold", "builder", "linux-gc", "--why", "x").err()).contains("there is no builder linux-gc");
        assertThat(types("hold", "scheduler", "nightly", "--why", "x").err()).contains("quorate disable nightly");
        assertThat(types("hold", "everything", "--why", "x", "--until", "2020-01-01T00:00Z")
                        .exit())
                .isEqualTo(Exit.USAGE);
        assertThat(types("hold", "everything", "--why", "x", "--until", "tomorrow")
                        .err())
                .contains("'tomorrow' is neither a span such as 2h nor a time such as 2026-12-01T06:00Z");
    }
}
