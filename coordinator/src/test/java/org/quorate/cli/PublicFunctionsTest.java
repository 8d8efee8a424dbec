package org.quorate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quorate.testing.PostgresFixture;

/** The public SQL functions, as any program calls them. */
class PublicFunctionsTest {
    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perTest();

    @BeforeEach
    void populate() {
        Operator.populate(POSTGRES);
        Operator.execute(POSTGRES, "select quorate_v1.submit('linux-gcc')");
    }

    private static String answer(String call) {
        return Operator.rows(POSTGRES, "select " + call).get(0);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            quorate_v1.submit('linux-gcc', '{"a": 1}', 3, 'r')  | 2             | submit
            quorate_v1.cancel(1, 'w')                           | cancelled     | cancel
            quorate_v1.reprioritize(1, 7, 'w')                  | reprioritized | reprioritize
            quorate_v1.drain('m1', 'w')                         | drained       | drain
            quorate_v1.hold('builder', 'linux-gcc', 'w')        | held          | hold
            quorate_v1.move('nightly', 'm2', 'w')               | moving        | move
            quorate_v1.enable('nightly', false, 'w')            | disabled      | disable
            """)
    void each_change_leaves_exactly_one_row_of_history_with_its_actor(String call, String answer, String kind) {
        assertThat(answer(call)).isEqualTo(answer);

        assertThat(Operator.rows(POSTGRES, "select kind, actor from quorate.history order by seq offset 1"))
                .containsExactly(kind + " " + POSTGRES.user());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            quorate_v1.undrain('m1')              | unchanged
            quorate_v1.lift('master', 'm1')       | unchanged
            quorate_v1.reprioritize(1, 0)         | unchanged
            quorate_v1.enable('nightly')          | unchanged
            quorate_v1.move('nightly', null)      | unchanged
            """)
    void what_is_so_already_leaves_no_trace(String call, String answer) {
        assertThat(answer(call)).isEqualTo(answer);

        assertThat(Operator.rows(POSTGRES, "select kind from quorate.history")).containsExactly("submit");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            quorate_v1.submit('linux')                          | P0002 | no builder 'linux'
            quorate_v1.submit(null)                             | 22023 | must not be null
            quorate_v1.submit('linux-gcc', '[]')                | 22023 | one JSON object
            quorate_v1.submit('linux-gcc', count => 0)          | 22023 | between 1 and 10000
            quorate_v1.submit('linux-gcc', '{"": 1}')           | 22023 | 1 to 256 characters
            quorate_v1.submit('linux-gcc', '{}', -2147483648)   | 22023 | at least -2147483647
            quorate_v1.reprioritize(1, -2147483648)             | 22023 | at least -2147483647
            quorate_v1.cancel(99)                               | P0002 | no buildrequest 99
            quorate_v1.cancel(null)                             | P0002 | no buildrequest
            quorate_v1.reprioritize(1, null)                    | 22023 | must not be null
            quorate_v1.drain('m9')                              | P0002 | there is m1, m2, m3
            quorate_v1.drain(null)                              | P0002 | no master NULL
            quorate_v1.hold('builder', 'linux', 'w')            | P0002 | no builder 'linux'
            quorate_v1.hold('everything', null, ' ')            | 22023 | a hold needs a reason
            quorate_v1.hold('worker', 'w1', 'w')                | 22023 | a hold is of a builder
            quorate_v1.lift('scheduler', 'nightly')             | 22023 | a hold is of a builder
            quorate_v1.move('nightly', 'm3')                    | 55000 | master m3 is dead
            quorate_v1.move('never', 'm1')                      | P0002 | no scheduler 'never'
            quorate_v1.enable('nightly', null)                  | 22023 | true or false
            quorate_v1.explain(99)                              | P0002 | no buildrequest 99
            """)
    void a_wrong_argument_is_an_error_with_a_state_and_a_hint(String call, String state, String message) {
        assertThatThrownBy(() -> answer(call))
                .hasCauseInstanceOf(SQLException.class)
                .hasMessageContaining(message)
                .satisfies(e ->
                        assertThat(((SQLException) e.getCause()).getSQLState()).isEqualTo(state));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            quorate_v1.cancel(1, repeat('w', 5000))
            quorate_v1.reprioritize(1, 7, repeat('w', 5000))
            quorate_v1.drain('m1', repeat('w', 5000))
            quorate_v1.hold('master', 'm1', repeat('w', 5000))
            quorate_v1.move('nightly', 'm2', repeat('w', 5000))
            quorate_v1.enable('nightly', false, repeat('w', 5000))
            """)
    void of_a_reason_a_thousand_characters_are_kept(String call) {
        answer(call);

        assertThat(Operator.rows(
                        POSTGRES,
                        "select length(substring(why from 'w+$')) from quorate.history order by seq offset 1"))
                .containsExactly("1000");
    }

    @Test
    void a_claim_and_a_cancel_of_one_request_wait_for_each_other() throws Exception {
        CompletableFuture<String> cancel;
        try (Connection claimer = POSTGRES.dataSource().getConnection();
                Statement claim = claimer.createStatement()) {
            claimer.setAutoCommit(false);
            claim.execute("select 1 from buildrequests where id = 1 for update");
            claim.execute("insert into buildrequest_claims (brid, masterid, claimed_at) values (1, 1, 0)");
            claim.execute(
                    "insert into quorate.claim (brid, masterid, epoch, attempt) values (1, 1, 7, gen_random_uuid())");

            cancel = CompletableFuture.supplyAsync(() -> answer("quorate_v1.cancel(1)"));
            Awaitility.await()
                    .until(() -> !Operator.rows(POSTGRES, "select 1 from pg_locks where not granted")
                            .isEmpty());
            claimer.commit();
        }

        assertThat(cancel.get(5, TimeUnit.MINUTES)).isEqualTo("asked");
        assertThat(Operator.rows(POSTGRES, "select state from quorate_v1.requests"))
                .containsExactly("claimed");
    }

    @Test
    void a_request_that_a_master_without_an_agent_holds_cannot_be_cancelled_from_here() {
        Operator.execute(
                POSTGRES,
                "delete from quorate.master where masterid = 2",
                "insert into buildrequest_claims (brid, masterid, claimed_at) values (1, 2, 0)");

        assertThatThrownBy(() -> answer("quorate_v1.cancel(1)"))
                .hasMessageContaining("held by m2, a master without an agent");
    }

    @Test
    void cancelling_the_last_request_completes_its_buildset() {
        answer("quorate_v1.submit('linux-gcc', count => 2)");
        answer("quorate_v1.cancel(2)");
        assertThat(Operator.rows(POSTGRES, "select complete from buildsets where id = 2"))
                .containsExactly("0");
        answer("quorate_v1.cancel(3)");

        assertThat(Operator.rows(POSTGRES, "select complete, results from buildsets where id = 2"))
                .containsExactly("1 2");
    }

    @Test
    void the_actor_is_whom_the_session_names() {
        Operator.execute(POSTGRES, "set quorate.actor = 'bot:nightly'; select quorate_v1.drain('m1')");

        assertThat(Operator.rows(POSTGRES, "select actor from quorate_v1.history where kind = 'drain'"))
                .containsExactly("bot:nightly");
    }

    @Test
    void a_failover_has_a_receipt_with_its_times() {
        Operator.execute(
                POSTGRES,
                "insert into quorate.history (at, kind, brid, masterid, epoch, attempt, leader_epoch, actor, why)"
                        + " values"
                        + " (now() - interval '10 s', 'claim', 1, 1, 7, gen_random_uuid(), null, 'master:m1', null),"
                        + " (now() - interval '2 s', 'fence', null, 1, 7, null, 5, 'leader:2', 'its session ended'),"
                        + " (now() - interval '1 s', 'release', 1, 1, 7, gen_random_uuid(), 5, 'leader:2',"
                        + " 'its session ended'),"
                        + " (now() - interval '0.5 s', 'claim', 1, 2, 8, gen_random_uuid(), null, 'master:m2', null)");

        assertThat(Operator.rows(
                        POSTGRES,
                        "select master, epoch, claims, reclaimed, detect_ms, release_ms, reclaim_ms from"
                                + " quorate_v1.failovers"))
                .containsExactly("m1 7 1 1 8000 1000 500");
    }

    @Test
    void every_public_object_carries_its_promise() {
        assertThat(Operator.rows(
                        POSTGRES,
                        "select object from quorate_v1.contract where promise not in ('granite', 'brass',"
                                + " 'sticker') or description = ''"))
                .isEmpty();
        assertThat(Operator.rows(POSTGRES, "select object from quorate_v1.contract"))
                .hasSizeGreaterThan(15);
        assertThat(Operator.rows(
                        POSTGRES,
                        "select relname from pg_class where relnamespace = 'quorate_v1'::regnamespace and"
                                + " relkind <> 'v'"))
                .isEmpty();
    }

    @Test
    void what_is_granite_stays_as_it_is() {
        assertThat(Operator.rows(
                        POSTGRES,
                        "select c.relname || '(' || string_agg(a.attname, ' ' order by a.attnum) || ')'"
                                + " from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0"
                                + " where c.relnamespace = 'quorate_v1'::regnamespace and c.relname in ('requests',"
                                + " 'masters', 'schedulers', 'builders')"
                                + " group by c.relname order by c.relname"))
                .containsExactly(
                        "builders(name builderid pending running oldest_pending_at masters)",
                        "masters(name masterid epoch state draining claims schedulers builders leads incarnation"
                                + " changed_at changed_by plugin trouble clock_ahead_ms clock_error_ms)",
                        "requests(id builder state owner attempt epoch priority submitted_at claimed_at complete_at"
                                + " results"
                                + " buildsetid reason scheduler builderid cancelling)",
                        "schedulers(name schedulerid owner term enabled preferred changed_at last_tick_at last_tick"
                                + " last_buildsetid)");
    }
}
