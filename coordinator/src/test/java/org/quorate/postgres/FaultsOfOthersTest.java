package org.quorate.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.quorate.claim.Claim;
import org.quorate.claim.LowWaterMark;
import org.quorate.claim.Turn;
import org.quorate.claim.Wanted;
import org.quorate.master.Authority;
import org.quorate.master.DatabaseUnreachable;
import org.quorate.master.Failovers;
import org.quorate.master.Fenced;
import org.quorate.master.UnknownOutcome;
import org.quorate.sql.Statements;
import org.quorate.testing.FaultProxy;
import org.quorate.testing.PostgresFixture;
import org.quorate.testing.TestDatabase;

/**
 * Faults that other projects had, as far as only our adapter to the database could have them too. REGRESSIONS.md lists
 * all of them.
 */
@Timeout(120)
class FaultsOfOthersTest {
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perTest();

    private final List<AutoCloseable> opened = new ArrayList<>();
    private PostgresDatabase database;
    private PostgresMasters masters;

    @BeforeEach
    void open() {
        database = open(POSTGRES.url());
        masters = new PostgresMasters(database);
        POSTGRES.database().execute("insert into builders (name, name_hash) values ('linux', 'x')");
        POSTGRES.database().text("select count(*) from quorate_v1.submit('linux', count => 4)");
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
        assertThat(POSTGRES.database().violations()).isEmpty();
    }

    private PostgresDatabase open(String url) {
        return open(url, POSTGRES.database(), Duration.ofSeconds(20), Duration.ofSeconds(30));
    }

    private PostgresDatabase open(String url, TestDatabase of, Duration statements, Duration socket) {
        PostgresDatabase database = PostgresDatabase.open(
                new DatabaseSettings(url, of.user(), of.password(), 1, statements, socket), "quorate-test");
        opened.add(database);
        return database;
    }

    /** Waits for the first session, which a busy machine may not open in time for the first call. */
    private static PostgresDatabase connected(PostgresDatabase database) {
        await().atMost(PATIENCE)
                .ignoreExceptionsInstanceOf(DatabaseUnreachable.class)
                .until(() -> new PostgresMasters(database).list() != null);
        return database;
    }

    /** Apache DolphinScheduler #17342: a workflow was failed over that another master had just taken over. */
    @Test
    void a_second_failover_of_a_dead_master_does_not_touch_what_another_master_claimed() {
        Authority dead = masters.register("dead", UUID.randomUUID(), 1).authority();
        Authority first = masters.register("first", UUID.randomUUID(), 2).authority();
        Authority second = masters.register("second", UUID.randomUUID(), 3).authority();
        claim(database, dead, 4);
        long firstEpoch = masters.lead(first, 4);
        masters.failOver(first, firstEpoch, dead.masterid(), dead.epoch(), 5, "a test");
        List<Claim> takenOver = claim(database, second, 4);
        long secondEpoch = masters.lead(second, 6);

        Failovers.FailOver again =
                masters.failOver(second, secondEpoch, dead.masterid(), dead.epoch(), 7, "seen dead before");
        int released = masters.release(second, secondEpoch, dead.masterid());
        Failovers.FailOver late =
                masters.failOver(first, firstEpoch, dead.masterid(), dead.epoch(), 8, "a late leader");

        assertThat(again.result()).isEqualTo(Failovers.FailOver.Result.NOTHING);
        assertThat(released).isZero();
        assertThat(late.result()).isEqualTo(Failovers.FailOver.Result.DEPOSED);
        assertThat(new PostgresClaims(database).held(second)).hasSize(4).isEqualTo(takenOver);
    }

    /**
     * The pool's only session waits in the authentication and gets no answer (HikariCP #1474, #2161; Appsmith #41851,
     * where this lasted 66 hours).
     */
    @Test
    void a_pool_whose_new_session_gets_no_answer_fails_in_time_and_serves_when_the_network_is_back() {
        try (FaultProxy proxy = new FaultProxy(POSTGRES.url())) {
            proxy.standStill(true);
            PostgresMasters behind = new PostgresMasters(
                    open(proxy.url(), POSTGRES.database(), Duration.ofSeconds(2), Duration.ofSeconds(3)));

            assertThatThrownBy(behind::list).isInstanceOf(DatabaseUnreachable.class);
            assertThatThrownBy(behind::list).isInstanceOf(DatabaseUnreachable.class);
            proxy.standStill(false);

            await().atMost(PATIENCE)
                    .ignoreExceptions()
                    .untilAsserted(() -> assertThat(behind.list()).isEmpty());
        }
    }

    /** A primary that was demoted answers every read, and answers each write with an error. */
    @Test
    void a_server_that_takes_no_writes_counts_as_away_until_it_does() throws Exception {
        try (TestDatabase own = TestDatabase.onOwnServer()) {
            Authority m1 = new PostgresMasters(open(own.url(), own, Duration.ofSeconds(20), Duration.ofSeconds(30)))
                    .register("m1", UUID.randomUUID(), 1)
                    .authority();
            Path data = Path.of(own.text("show data_directory"));
            Files.createFile(data.resolve("standby.signal"));
            own.server().restart();
            PostgresDatabase standby = open(own.url(), own, Duration.ofSeconds(20), Duration.ofSeconds(30));

            assertThatThrownBy(() -> claim(standby, m1, 1))
                    .isInstanceOf(DatabaseUnreachable.class)
                    .hasMessageContaining("takes no writes");
            assertThat(standby.answers()).isFalse();
            assertThatThrownBy(() -> new PostgresMasters(open(
                                    own.url() + "?targetServerType=primary",
                                    own,
                                    Duration.ofSeconds(20),
                                    Duration.ofSeconds(30)))
                            .list())
                    .hasMessageContaining("this server is a standby, and targetServerType wants a primary");
        }
    }

    /**
     * A client froze in a transaction, or its machine is gone: the server keeps its locks as long as TCP keeps the
     * connection.
     */
    @Test
    void a_transaction_that_a_frozen_client_left_open_does_not_hold_up_the_failover() throws Exception {
        Authority frozen = masters.register("frozen", UUID.randomUUID(), 1).authority();
        try (Connection client = POSTGRES.database().dataSource().getConnection();
                Statement statement = client.createStatement()) {
            hold(client, statement, frozen);

            assertThat(failedOverInASecond(frozen).result()).isEqualTo(Failovers.FailOver.Result.RELEASED);

            assertThatThrownBy(() -> statement.execute("select 1")).isInstanceOf(SQLException.class);
        }
    }

    @Test
    void a_transaction_that_is_at_work_delays_the_failover_and_is_not_ended() throws Exception {
        Authority busy = masters.register("busy", UUID.randomUUID(), 1).authority();
        try (Connection client = POSTGRES.database().dataSource().getConnection();
                Statement statement = client.createStatement()) {
            hold(client, statement, busy);
            CompletableFuture<Void> work = CompletableFuture.runAsync(() -> {
                try {
                    statement.execute("select pg_sleep(60)");
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
            await().atMost(PATIENCE)
                    .until(() -> POSTGRES.database()
                            .text("select count(*) from pg_stat_activity where state = 'active'"
                                    + " and query like '%pg_sleep(60)%' and pid <> pg_backend_pid()")
                            .equals("1"));

            assertThatThrownBy(() -> failedOverInASecond(busy)).isInstanceOf(DatabaseUnreachable.class);

            assertThat(work).isNotDone();
            statement.cancel();
            assertThatThrownBy(work::join).hasRootCauseInstanceOf(SQLException.class);
        }
    }

    /** Locks the master's row, as each write under the fence does. */
    private static void hold(Connection client, Statement statement, Authority master) throws SQLException {
        client.setAutoCommit(false);
        statement.execute("select 1 from quorate.master where masterid = " + master.masterid() + " for share");
    }

    /** Fails over, as a housekeeper that waits no longer than a second for a lock. */
    private Failovers.FailOver failedOverInASecond(Authority victim) {
        Authority leader = masters.register("leader", UUID.randomUUID(), 2).authority();
        long leaderEpoch = masters.lead(leader, 3);
        return new PostgresMasters(connected(
                        open(POSTGRES.url(), POSTGRES.database(), Duration.ofSeconds(1), Duration.ofSeconds(30))))
                .failOver(leader, leaderEpoch, victim.masterid(), victim.epoch(), 4, "a test");
    }

    /** No timeout of the server bounds a COMMIT that waits for a synchronous standby. */
    @Test
    void a_commit_that_waits_for_a_standby_is_of_unknown_outcome_and_carried_out_once() throws Exception {
        try (TestDatabase own = TestDatabase.onOwnServer()) {
            own.execute("insert into builders (name, name_hash) values ('linux', 'x')");
            own.text("select count(*) from quorate_v1.submit('linux', count => 4)");
            PostgresDatabase pool = connected(open(own.url(), own, Duration.ofSeconds(1), Duration.ofSeconds(2)));
            Authority m1 = new PostgresMasters(pool)
                    .register("m1", UUID.randomUUID(), 1)
                    .authority();
            Turn turn = turn(3);
            standby(own, "'nobody'");

            PostgresClaims claims = new PostgresClaims(pool);
            assertThatThrownBy(() -> claims.take(m1, turn)).isInstanceOf(UnknownOutcome.class);
            assertThatThrownBy(() -> claims.held(m1))
                    .as("the waiting commit still holds its locks, so its outcome is unknown")
                    .isInstanceOf(DatabaseUnreachable.class);
            standby(own, "''");
            await().atMost(PATIENCE)
                    .ignoreExceptionsInstanceOf(DatabaseUnreachable.class)
                    .untilAsserted(() -> assertThat(claims.held(m1))
                            .extracting(claim -> claim.attempt().token())
                            .containsExactly(turn.token(), turn.token(), turn.token()));

            assertThat(own.number("select count(*) from quorate.history where kind = 'claim'"))
                    .isEqualTo(3);
            assertThat(own.violations()).isEmpty();
            pool.close();
        }
    }

    private static void standby(TestDatabase own, String names) {
        own.execute("alter system set synchronous_standby_names = " + names);
        own.text("select pg_reload_conf()");
        await().atMost(PATIENCE)
                .until(() -> own.text("select quote_literal(current_setting('synchronous_standby_names'))")
                        .equals(names));
    }

    /** A standby that lagged was promoted, and the database issued the epoch that it had lost a second time. */
    @Test
    void an_epoch_that_was_lost_with_the_database_is_not_issued_again_and_admits_nobody() throws Exception {
        masters.register("m1", UUID.randomUUID(), 10);
        database.close();
        TestDatabase lagging = copy();
        TestDatabase another = copy();
        Authority lost = new PostgresMasters(open(POSTGRES.url()))
                .register("m1", UUID.randomUUID(), 11)
                .authority();
        PostgresDatabase promoted = open(lagging.url());

        Authority next = new PostgresMasters(promoted)
                .register("m1", UUID.randomUUID(), 12)
                .authority();

        assertThat(next.epoch()).isGreaterThan(lost.epoch());
        assertThatThrownBy(() -> claim(promoted, lost, 1)).isInstanceOf(Fenced.class);
        assertThat(new PostgresMasters(promoted).resume("m1", UUID.randomUUID(), lost.epoch()))
                .isEmpty();
        assertThat(new PostgresMasters(open(another.url()))
                        .register("m1", UUID.randomUUID(), 0)
                        .authority()
                        .epoch())
                .as("the number from ZooKeeper keeps the epoch from being issued twice")
                .isEqualTo(lost.epoch());
        opened.add(lagging);
        opened.add(another);
    }

    /** Copies the database as a standby has it that received nothing later. */
    private static TestDatabase copy() {
        return TestDatabase.copyOf(POSTGRES.database());
    }

    /** A leader that is about to be failed over tries to lead again at the same moment. */
    @Test
    void a_master_that_tries_to_lead_does_not_delay_its_own_failover() throws Exception {
        Authority leader = masters.register("leader", UUID.randomUUID(), 1).authority();
        Authority victim = masters.register("victim", UUID.randomUUID(), 2).authority();
        masters.lead(leader, 3);
        POSTGRES.database().execute("alter database " + POSTGRES.database().name() + " set deadlock_timeout = '1h'");
        PostgresMasters candidate = new PostgresMasters(open(POSTGRES.url()));
        try (Connection failover = POSTGRES.dataSource().getConnection();
                Statement statement = failover.createStatement()) {
            failover.setAutoCommit(false);
            run(
                    statement,
                    "leader/hold",
                    "leader_epoch",
                    3,
                    "masterid",
                    leader.masterid(),
                    "incarnation",
                    leader.incarnation());
            CompletableFuture<Long> leading = CompletableFuture.supplyAsync(() -> candidate.lead(victim, 4));
            await().atMost(PATIENCE)
                    .until(() -> POSTGRES.database()
                            .text("select exists (select 1 from pg_stat_activity"
                                    + " where application_name = 'quorate-test' and datname = "
                                    + "current_database() and wait_event_type = 'Lock')")
                            .equals("t"));

            statement.execute("set local lock_timeout = '10s'");
            run(statement, "masters/lock_victim", "victim", victim.masterid());
            failover.commit();

            assertThat(leading.join()).isEqualTo(4);
        }
    }

    private static void run(Statement statement, String name, Object... parameters) throws SQLException {
        String sql = Statements.named(name);
        for (int i = 0; i < parameters.length; i += 2) {
            sql = sql.replaceAll(":" + parameters[i] + "\\b", "'" + parameters[i + 1] + "'");
        }
        statement.execute(sql);
    }

    private static List<Claim> claim(PostgresDatabase database, Authority authority, int count) {
        return new PostgresClaims(database).take(authority, turn(count)).claimed();
    }

    /** The id of the only builder, which is the first. */
    private static Turn turn(int count) {
        return new Turn(
                UUID.randomUUID(), List.of(), List.of(), List.of(new Wanted(1, count, LowWaterMark.LOWEST)), count);
    }
}
