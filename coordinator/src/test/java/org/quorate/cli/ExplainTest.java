package org.quorate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.cli.output.Exit;
import org.quorate.testing.PostgresFixture;

/** What {@code explain} says of the workers, the queue and the masters. */
class ExplainTest {
    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perTest();

    @TempDir
    private Path home;

    @BeforeEach
    void populate() {
        Operator.populate(POSTGRES);
        Operator.execute(
                POSTGRES,
                "select quorate_v1.submit('linux-gcc')",
                "insert into workers (name, info) values ('arm-1', '{}'), ('arm-2', '{}'), ('arm-3', '{}')",
                "insert into configured_workers (buildermasterid, workerid) select 1, id from workers");
    }

    private Operator.Said types(String... arguments) {
        return Operator.of(POSTGRES, home).types(arguments);
    }

    private static void connect(String worker) {
        Operator.execute(
                POSTGRES,
                "insert into connected_workers (masterid, workerid) select 1, id from workers where name = '" + worker
                        + "'");
    }

    /** A build of linux-clang that has run for twelve minutes on this worker. */
    private static void occupy(String worker) {
        Operator.execute(
                POSTGRES,
                "select quorate_v1.submit('linux-clang')",
                "insert into builds (number, builderid, buildrequestid, workerid, masterid, started_at, state_string)"
                        + " select 4711, 2, (select max(id) from buildrequests), id, 1,"
                        + " extract(epoch from now())::integer - 725, '' from workers where name = '" + worker + "'");
    }

    @Test
    void a_request_whose_workers_are_all_absent_or_paused_does_not_start_now() {
        connect("arm-2");
        Operator.execute(
                POSTGRES,
                "update workers set paused = 1 where name = 'arm-2'",
                "insert into builds (number, builderid, buildrequestid, workerid, masterid, started_at, complete_at,"
                        + " state_string) select 3, 1, 1, id, 1, extract(epoch from now())::integer - 7260,"
                        + " extract(epoch from now())::integer - 7205, '' from workers where name = 'arm-1'");

        Operator.Said said = types("explain", "1");

        assertThat(said.out())
                .contains("WILL NOT START NOW")
                .contains(
                        "FAIL  worker connected    0 of 3 workers free: arm-1 absent, last build 2 h ago; arm-2 paused;"
                                + " arm-3 absent, has never built")
                .contains("would start if: connect a worker of it, or unpause one in Buildbot's page");
    }

    @Test
    void a_request_whose_only_connected_worker_is_busy_waits_for_it() {
        connect("arm-1");
        occupy("arm-1");

        assertThat(types("explain", "1").out())
                .contains("WAITS FOR A FREE WORKER")
                .contains("info  worker connected    0 of 3 workers free: arm-2 absent, has never built; arm-3 absent,"
                        + " has never built; arm-1 busy with linux-clang #4711 for 12 min");
    }

    @Test
    void a_free_worker_lets_the_request_start_and_one_that_is_connected_elsewhere_or_shuts_down_does_not() {
        Operator.execute(POSTGRES, "insert into connected_workers (masterid, workerid) values (2, 1)");
        connect("arm-2");
        Operator.execute(POSTGRES, "update workers set graceful = 1 where name = 'arm-2'");
        assertThat(types("explain", "1").out()).contains("WILL NOT START NOW", "arm-2 shutting down");

        connect("arm-3");

        assertThat(types("explain", "1").out()).contains("STARTS WHEN IT IS ITS TURN", "1 of 3 workers free");
    }

    @Test
    void the_position_counts_what_comes_before_it_on_the_same_workers() {
        Operator.execute(
                POSTGRES,
                "insert into builder_masters (builderid, masterid) values (2, 1)",
                "select quorate_v1.submit('linux-clang', priority => 3, count => 40)");
        Operator.Said alone = types("explain", "1");
        assertThat(alone.out())
                .as("another builder, on workers of its own " + alone.err())
                .contains("1 of 1 pending of linux-gcc\n");

        Operator.execute(
                POSTGRES,
                "insert into configured_workers (buildermasterid, workerid) select id, 1 from builder_masters where"
                        + " builderid = 2");

        assertThat(types("explain", "1").out())
                .contains(
                        "1 of 1 pending of linux-gcc; 40 of other builders come before it on the same workers, most of"
                                + " linux-clang");
    }

    @Test
    void where_no_master_offers_the_builder_none_is_said_to_be_dead_or_drained() {
        Operator.execute(POSTGRES, "delete from builder_masters");

        assertThat(types("explain", "1").out())
                .contains("FAIL  builder offered     no living master offers linux-gcc")
                .doesNotContain("none lives")
                .doesNotContain("drained");
    }

    @Test
    void a_request_that_is_claimed_and_given_back_over_and_over_is_found_by_explain_status_and_doctor() {
        String release = "insert into quorate.history (kind, brid, masterid, epoch, actor, why)"
                + " select 'release', 1, 1, 7, 'buildmaster:m1', 'the buildmaster gave it back' from"
                + " generate_series(1, ";
        Operator.execute(POSTGRES, release + "5)");
        assertThat(types("explain", "1").out())
                .contains("ok    stays claimed       claimed and given back 5 times in the last minute");

        Operator.execute(POSTGRES, release + "1)");

        assertThat(types("explain", "1").out())
                .contains("FAIL  stays claimed       claimed and given back 6 times in the last minute, last by m1: the"
                        + " buildmaster gave it back")
                .contains("read the log of m1");
        assertThat(types("status").out())
                .contains("1 request is claimed and given back over and over, first 1 of linux-gcc by m1, 6 times");
        assertThat(types("doctor", "--timeout", "1s").out()).containsPattern("given back +FAIL +1 request is claimed");
        assertThat(types("status").exit()).isEqualTo(Exit.IMPAIRED);
    }
}
