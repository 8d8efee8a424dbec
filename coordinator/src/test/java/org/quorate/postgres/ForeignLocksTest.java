package org.quorate.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quorate.claim.Claim;
import org.quorate.claim.Completion;
import org.quorate.claim.LowWaterMark;
import org.quorate.claim.Results;
import org.quorate.claim.Turn;
import org.quorate.claim.Wanted;
import org.quorate.master.Authority;
import org.quorate.master.Failovers.FailOver;
import org.quorate.testing.PostgresFixture;

/**
 * A session that has nothing to do with Quorate, as a psql that somebody forgot, holds locks on Buildbot's rows. It
 * delays what concerns these rows and nothing else.
 */
@Timeout(300)
class ForeignLocksTest {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration RETENTION = Duration.ofDays(30);

    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.adoptedPerTest();

    private final List<Connection> sessions = new ArrayList<>();
    private PostgresDatabase database;
    private PostgresMasters masters;
    private PostgresClaims claims;
    private Authority leader;
    private Authority gone;
    private int builderid;
    private List<Claim> held;
    private Statement psql;

    @BeforeEach
    void a_master_builds_two_buildrequests_and_somebody_opens_a_psql() throws SQLException {
        database = open(Duration.ofSeconds(100));
        masters = new PostgresMasters(database);
        claims = new PostgresClaims(database);
        leader = masters.register("leader", UUID.randomUUID(), 1).authority();
        gone = masters.register("gone", UUID.randomUUID(), 2).authority();
        builderid = masters.offerBuilders(gone, List.of("linux")).get("linux");
        POSTGRES.database().text("select count(*) from quorate_v1.submit('linux', count => 2)");
        held = claim(gone, 2);
        POSTGRES.database().execute("""
                insert into builds (id, number, builderid, buildrequestid, masterid, started_at, state_string)
                values (1, 1, %1$d, %2$d, %3$d, 1, 'building'), (2, 2, %1$d, %4$d, %3$d, 1, 'building')
                """.formatted(
                builderid, held.get(0).brid(), gone.masterid(), held.get(1).brid()));
        POSTGRES.database().execute("""
                insert into workers (id, name, info) values (1, 'w1', '{}');
                insert into connected_workers (masterid, workerid) values (%1$d, 1);
                insert into configured_workers (buildermasterid, workerid) select b.id, 1 from builder_masters b;
                insert into schedulers (id, name, name_hash) values (1, 's', 's');
                insert into scheduler_masters (schedulerid, masterid) values (1, %1$d);
                insert into quorate.scheduler (schedulerid, term, masterid, epoch) values (1, 5, %1$d, %2$d);
                insert into quorate.history (kind, schedulerid, masterid, epoch, term, actor)
                values ('own', 1, %1$d, %2$d, 5, 'test')
                """.formatted(gone.masterid(), gone.epoch()));
        psql = session("psql", null).createStatement();
        psql.execute("begin");
    }

    /** {@code limit}: of a statement and of a wait for a lock. */
    private static PostgresDatabase open(Duration limit) {
        return PostgresDatabase.open(
                new DatabaseSettings(
                        POSTGRES.url(), POSTGRES.user(), POSTGRES.password(), 2, limit, limit.plusSeconds(10)),
                "quorate-test");
    }

    @AfterEach
    void nothing_is_lost_or_doubled() throws SQLException {
        for (Connection session : sessions) {
            session.close();
        }
        assertThat(POSTGRES.database().violations()).isEmpty();
        database.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"quorate-buildmaster:%d:%d", "name of the site's own"})
    void a_dead_buildmaster_that_waits_for_a_psql_does_not_hold_up_its_failover(String name) throws Exception {
        psql.execute("select 1 from buildrequests where id = " + held.get(0).brid() + " for update");
        CompletableFuture<String> completion =
                completes(held.get(0), session(name.formatted(gone.masterid(), gone.epoch()), gone));

        FailOver outcome = failOver();

        assertThat(outcome.result()).isEqualTo(FailOver.Result.RELEASED);
        assertThat(outcome.released()).isEqualTo(2);
        assertThat(completion.join()).isNotEmpty();
        assertThat(brids(claim(leader, 9)))
                .as("the other one")
                .containsExactly(held.get(1).brid());
        psql.execute("rollback");
        assertThat(brids(claim(leader, 9))).containsExactly(held.get(0).brid());
    }

    @Test
    void another_masters_buildmaster_that_waits_for_a_psql_is_left_alone() throws Exception {
        psql.execute("select 1 from buildrequests where id = " + held.get(0).brid() + " for update");
        CompletableFuture<String> completion =
                completes(held.get(0), session("quorate-buildmaster:" + gone.masterid() + ":" + gone.epoch(), gone));
        Authority dead = masters.register("dead", UUID.randomUUID(), 5).authority();
        Connection open = session("another name", null);
        open.setAutoCommit(false);
        open.createStatement()
                .execute("select 1 from quorate.master where masterid = " + dead.masterid() + " for share");

        try (PostgresDatabase brief = open(Duration.ofSeconds(10))) {
            PostgresMasters failovers = new PostgresMasters(brief);
            FailOver outcome =
                    failovers.failOver(leader, masters.lead(leader, 6), dead.masterid(), dead.epoch(), 7, "a test");

            assertThat(outcome.result()).isEqualTo(FailOver.Result.RELEASED);
        }
        assertThat(completion).isNotDone();
        psql.execute("rollback");
        assertThat(completion.join()).isEmpty();
    }

    @Test
    void the_next_registration_of_a_master_does_not_wait_for_a_psql() throws Exception {
        psql.execute("select 1 from buildrequests where id = " + held.get(0).brid() + " for update");
        CompletableFuture<String> completion =
                completes(held.get(0), session("quorate-buildmaster:" + gone.masterid() + ":" + gone.epoch(), gone));

        assertThat(masters.register("gone", UUID.randomUUID(), 9).released()).isEqualTo(2);

        assertThat(completion.join()).isNotEmpty();
        assertThat(brids(claim(leader, 9))).containsExactly(held.get(1).brid());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select 1 from buildrequests for update",
                "update buildrequests set priority = 7",
                "select 1 from buildsets for update",
                "select 1 from builds for update",
                "select 1 from masters for update",
                "select 1 from builder_masters for update",
                "select 1 from configured_workers for update",
                "select 1 from connected_workers for update",
                "select 1 from scheduler_masters for update",
                "select 1 from quorate.scheduler for update",
                "select quorate_v1.cancel(1)",
                "select quorate_v1.reprioritize(1, 9)"
            })
    void a_failover_passes_over_what_a_psql_has_locked_and_the_housekeeper_clears_it_later(String locks)
            throws SQLException {
        long leaderEpoch = masters.lead(leader, 6);
        psql.execute(locks);

        FailOver outcome = masters.failOver(leader, leaderEpoch, gone.masterid(), gone.epoch(), 7, "a test");

        assertThat(outcome.result()).isEqualTo(FailOver.Result.RELEASED);
        assertThat(outcome.released()).isEqualTo(2);
        masters.tidy(leader, leaderEpoch, RETENTION);
        psql.execute("commit");
        masters.tidy(leader, leaderEpoch, RETENTION);
        assertThat(POSTGRES.database().text("select count(*) from builds where complete_at is null"))
                .isEqualTo("0");
        assertThat(POSTGRES.database().text("select active from masters where name = 'gone'"))
                .isEqualTo("0");
        assertThat(claim(leader, 9)).hasSize(2);
    }

    @Test
    void a_failover_whose_release_is_held_up_ends_the_epoch_at_once_and_releases_later() throws SQLException {
        long leaderEpoch = masters.lead(leader, 6);
        psql.execute(
                "delete from buildrequest_claims where brid = " + held.get(0).brid());

        FailOver outcome = masters.failOver(leader, leaderEpoch, gone.masterid(), gone.epoch(), 7, "a test");

        assertThat(outcome.result()).isEqualTo(FailOver.Result.FENCED);
        psql.execute("rollback");
        assertThat(masters.release(leader, leaderEpoch, gone.masterid())).isEqualTo(2);
        assertThat(claim(leader, 9)).hasSize(2);
    }

    @Test
    void buildsets_that_a_psql_has_locked_are_finished_later() throws SQLException {
        psql.execute("select 1 from buildsets for update");
        List<Completion> completions = held.stream()
                .map(claim -> new Completion(claim.attempt(), Results.SUCCESS))
                .toList();
        List<Integer> completed = claims.take(gone, new Turn(UUID.randomUUID(), completions, List.of(), List.of(), 0))
                .completed();

        claims.finishBuildsets(completed);

        psql.execute("rollback");
        masters.tidy(leader, masters.lead(leader, 6), RETENTION);
        assertThat(POSTGRES.database().text("select count(*) from buildsets where complete = 0"))
                .isEqualTo("0");
        POSTGRES.database().execute("update builds set complete_at = 2");
    }

    @Test
    void a_cancellation_that_a_psql_had_not_committed_at_the_failover_reaches_the_next_holder() throws SQLException {
        int brid = held.get(0).brid();
        psql.execute("select quorate_v1.cancel(" + brid + ")");

        failOver();
        psql.execute("commit");

        claim(leader, 9);
        assertThat(claims.cancellations(leader)).containsExactly(brid);
    }

    private FailOver failOver() {
        return masters.failOver(leader, masters.lead(leader, 6), gone.masterid(), gone.epoch(), 7, "a test");
    }

    /** Completes as a real Buildbot does. Returns once the statement waits for the psql; then its error, or nothing. */
    private static CompletableFuture<String> completes(Claim claim, Connection buildmaster) {
        CompletableFuture<String> ended = CompletableFuture.supplyAsync(() -> {
            try (Statement statement = buildmaster.createStatement()) {
                statement.execute("update buildrequests set complete = 1, results = 0 where id = " + claim.brid());
                return "";
            } catch (SQLException e) {
                return e.getMessage();
            }
        });
        await().atMost(PATIENCE)
                .until(() -> POSTGRES.database()
                        .text("select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
                                + " and query like 'update buildrequests set complete%'")
                        .equals("1"));
        return ended;
    }

    /** Opens a session that lasts to the end of the test; of the master's buildmaster, if there is an authority. */
    private Connection session(String name, Authority authority) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", POSTGRES.user());
        properties.setProperty("password", POSTGRES.password());
        properties.setProperty("ApplicationName", name);
        if (authority != null) {
            properties.setProperty(
                    "options",
                    "-c quorate.masterid=" + authority.masterid() + " -c quorate.epoch=" + authority.epoch());
        }
        Connection session = DriverManager.getConnection(POSTGRES.url(), properties);
        sessions.add(session);
        return session;
    }

    private List<Claim> claim(Authority authority, int slots) {
        Turn turn = new Turn(
                UUID.randomUUID(),
                List.of(),
                List.of(),
                List.of(new Wanted(builderid, slots, LowWaterMark.LOWEST)),
                slots);
        return claims.take(authority, turn).claimed();
    }

    private static List<Integer> brids(List<Claim> of) {
        return of.stream().map(Claim::brid).toList();
    }
}
