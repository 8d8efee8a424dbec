package org.quorate.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.ds.PGSimpleDataSource;
import org.quorate.master.Authority;
import org.quorate.scheduler.SchedulerRow;
import org.quorate.scheduler.Schedulers;
import org.quorate.testing.TestDatabase;

/**
 * Ownership of schedulers among masters with the plugin, stock masters that have an agent, and stock masters without an
 * agent.
 */
class StockOwnershipTest {
    private static final String KEY = "23505";
    private static final String NOT_THE_OWNER = "QF002";
    private static final String TAKE = "insert into scheduler_masters (schedulerid, masterid) values (1, %d)";
    private static final int STOCK = 90;

    private TestDatabase tables;
    private PostgresDatabase pool;
    private PostgresMasters masters;
    private Schedulers schedulers;
    private Authority m1;
    private Authority m2;

    @BeforeEach
    void given_two_masters_with_an_agent_and_a_stock_one() {
        tables = TestDatabase.adopted();
        pool = PostgresDatabase.open(
                new DatabaseSettings(
                        tables.url(),
                        tables.user(),
                        tables.password(),
                        2,
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(60)),
                "stock");
        masters = new PostgresMasters(pool);
        schedulers = new PostgresSchedulers(pool);
        m1 = register("m1");
        m2 = register("m2");
        tables.execute("""
                insert into masters (id, name, name_hash, active, last_active)
                values (90, 'stock', 'stock', 1, extract(epoch from now())::integer);
                insert into schedulers (id, name, name_hash) values (1, 'nightly', '%s');
                insert into changesources (id, name, name_hash) values (2, 'git', '%s')
                """.formatted(Names.hash("nightly"), Names.hash("git")));
    }

    @AfterEach
    void drop() {
        pool.close();
        tables.close();
    }

    private Authority register(String name) {
        return masters.register(name, UUID.randomUUID(), 0).authority();
    }

    /** Opens a session of a buildmaster that this master's agent started. */
    private Connection buildmasterOf(Authority authority) throws SQLException {
        PGSimpleDataSource source = (PGSimpleDataSource) tables.dataSource();
        source.setOptions("-c quorate.masterid=" + authority.masterid() + " -c quorate.epoch=" + authority.epoch());
        return source.getConnection();
    }

    private static String attempt(Connection session, String sql) {
        try (Statement statement = session.createStatement()) {
            statement.execute(sql);
            return "ok";
        } catch (SQLException e) {
            return String.valueOf(e.getSQLState());
        }
    }

    private String take(Authority authority) throws SQLException {
        try (Connection session = buildmasterOf(authority)) {
            return attempt(session, TAKE.formatted(authority.masterid()));
        }
    }

    private String owner() {
        return schedulers.list().stream()
                .filter(row -> row.name().equals("nightly"))
                .findFirst()
                .flatMap(SchedulerRow::owner)
                .orElse("nobody");
    }

    private void awaitBlocked(String whom) {
        Awaitility.await()
                .until(() -> tables.text("select count(*) > 0 from pg_stat_activity a where a.datname = '"
                                + tables.name() + "' and cardinality(pg_blocking_pids(a.pid)) > 0 and " + whom)
                        .equals("t"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"nightly", "changesource:git"})
    void nobody_owns_what_a_stock_master_without_an_agent_runs_until_that_master_is_gone(String name) {
        tables.execute("insert into scheduler_masters values (1, 90); insert into changesource_masters values (2, 90)");
        schedulers.enlist(m1, List.of(name));

        assertThat(schedulers.own(m1, name, 0)).isEmpty();

        tables.execute("update masters set last_active = extract(epoch from now())::integer - 601 where id = 90");
        assertThat(schedulers.own(m1, name, 0)).isPresent();
        assertThat(tables.violations()).isEmpty();
    }

    @Test
    void a_master_that_went_back_to_stock_keeps_what_it_runs() {
        masters.leave(m2, "going back");
        tables.execute("update masters set active = 1, last_active = extract(epoch from now())::integer where id = "
                + m2.masterid());
        tables.execute(TAKE.formatted(m2.masterid()));
        schedulers.enlist(m1, List.of("nightly"));

        assertThat(schedulers.own(m1, "nightly", 0)).isEmpty();
    }

    @Test
    void a_stock_master_that_takes_a_scheduler_at_the_same_moment_keeps_it() throws Exception {
        schedulers.enlist(m1, List.of("nightly"));
        try (Connection stock = tables.dataSource().getConnection()) {
            stock.setAutoCommit(false);
            assertThat(attempt(stock, TAKE.formatted(STOCK))).isEqualTo("ok");
            CompletableFuture<Boolean> owned = CompletableFuture.supplyAsync(
                    () -> schedulers.own(m1, "nightly", 0).isPresent());
            awaitBlocked("a.application_name = 'stock'");
            stock.commit();

            assertThat(owned.join()).isFalse();
        }
        assertThat(owner()).isEqualTo("nobody");
        assertThat(tables.text("select masterid from scheduler_masters")).isEqualTo("90");
        assertThat(tables.text("select term from quorate.scheduler")).isEqualTo("0");
        assertThat(tables.violations()).isEmpty();
    }

    @Test
    void a_row_that_a_stock_buildmaster_inserts_begins_a_term() throws Exception {
        assertThat(take(m2)).isEqualTo("ok");

        assertThat(owner()).isEqualTo("m2");
        assertThat(tables.text(
                        "select string_agg(kind || ' ' || actor, ', ') from quorate.history where schedulerid = 1"))
                .isEqualTo("own buildmaster:m2");
        assertThat(take(m2)).as("its row exists already").isEqualTo(KEY);
        schedulers.enlist(m1, List.of("nightly"));
        assertThat(schedulers.own(m1, "nightly", 0)).isEmpty();
        assertThat(tables.violations()).isEmpty();
    }

    @Test
    void a_row_of_a_change_source_that_a_stock_buildmaster_inserts_begins_a_term() throws Exception {
        try (Connection session = buildmasterOf(m2)) {
            assertThat(attempt(session, "insert into changesource_masters values (2, " + m2.masterid() + ")"))
                    .isEqualTo("ok");
            assertThat(tables.text("select masterid from quorate.scheduler where schedulerid = -2"))
                    .isEqualTo(Integer.toString(m2.masterid()));
            assertThat(attempt(session, "delete from changesource_masters where changesourceid = 2"))
                    .isEqualTo("ok");
        }

        assertThat(tables.text("select masterid from quorate.scheduler where schedulerid = -2"))
                .isEqualTo("null");
        assertThat(tables.violations()).isEmpty();
    }

    @Test
    void the_term_of_a_stock_buildmaster_ends_with_its_epoch_and_any_master_may_begin_the_next() throws Exception {
        take(m2);
        long first = Long.parseLong(tables.text("select term from quorate.scheduler"));

        masters.register("m2", UUID.randomUUID(), 0);

        assertThat(owner()).isEqualTo("nobody");
        assertThat(take(m1)).isEqualTo("ok");
        assertThat(tables.number("select term from quorate.scheduler")).isGreaterThan(first);
        assertThat(take(m2)).as("a zombie").isEqualTo("QF001");
        assertThat(tables.violations()).isEmpty();
    }

    @Test
    void the_term_of_a_stock_buildmaster_ends_when_it_deletes_its_row() throws Exception {
        take(m2);
        try (Connection other = buildmasterOf(m1);
                Connection session = buildmasterOf(m2)) {
            assertThat(attempt(other, "delete from scheduler_masters where schedulerid = 1"))
                    .isEqualTo("ok");
            assertThat(owner()).as("another master's deletion is ignored").isEqualTo("m2");
            assertThat(attempt(session, "delete from scheduler_masters where schedulerid = 1"))
                    .isEqualTo("ok");
        }

        assertThat(owner()).isEqualTo("nobody");
        assertThat(tables.text("select string_agg(kind, ' ' order by seq) from quorate.history where schedulerid = 1"))
                .isEqualTo("own disown");
        assertThat(tables.violations()).isEmpty();
    }

    @Test
    void of_two_stock_buildmasters_that_insert_at_once_one_owns_and_the_other_gets_a_key_violation() throws Exception {
        try (Connection first = buildmasterOf(m1);
                Connection second = buildmasterOf(m2)) {
            first.setAutoCommit(false);
            assertThat(attempt(first, TAKE.formatted(m1.masterid()))).isEqualTo("ok");
            CompletableFuture<String> late =
                    CompletableFuture.supplyAsync(() -> attempt(second, TAKE.formatted(m2.masterid())));
            awaitBlocked("a.pid = " + second.unwrap(PGConnection.class).getBackendPID());
            first.commit();

            // any other error would keep a starting Buildbot waiting for its next poll
            assertThat(late.join()).isEqualTo(KEY);
        }
        assertThat(owner()).isEqualTo("m1");
        assertThat(tables.violations()).isEmpty();
    }

    /**
     * The owner's row existed when it was checked, and was gone when the new row was inserted: that row had no term.
     */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "insert into scheduler_masters (schedulerid, masterid) values (1, %d)",
                "insert into changesource_masters (changesourceid, masterid) values (2, %d)"
            })
    void who_inserts_while_the_failover_of_the_owner_commits_begins_a_term(String take) throws Exception {
        try (Connection session = buildmasterOf(m2)) {
            assertThat(attempt(session, take.formatted(m2.masterid()))).isEqualTo("ok");
        }
        try (Connection failover = tables.dataSource().getConnection();
                Connection session = buildmasterOf(m1)) {
            failover.setAutoCommit(false);
            for (String statement : List.of(
                    "update quorate.scheduler set masterid = null, epoch = null",
                    "delete from scheduler_masters",
                    "delete from changesource_masters")) {
                assertThat(attempt(failover, statement)).isEqualTo("ok");
            }
            CompletableFuture<String> taken =
                    CompletableFuture.supplyAsync(() -> attempt(session, take.formatted(m1.masterid())));
            awaitBlocked("a.pid = " + session.unwrap(PGConnection.class).getBackendPID());
            failover.commit();

            assertThat(taken.join()).isEqualTo("ok");
        }
        assertThat(tables.text("select masterid from quorate.scheduler")).isEqualTo(Integer.toString(m1.masterid()));
    }

    @Test
    void a_stock_buildmaster_leaves_what_an_active_master_with_the_plugin_offers() throws Exception {
        schedulers.enlist(m1, List.of("nightly"));

        assertThat(take(m2)).isEqualTo(NOT_THE_OWNER);

        assertThat(schedulers.own(m1, "nightly", 0)).isPresent();
        assertThat(take(m2)).isEqualTo(KEY);
        masters.leave(m1, "the test ends it");
        assertThat(take(m2)).isEqualTo("ok");
        assertThat(tables.violations()).isEmpty();
    }

    @Test
    void a_stock_buildmaster_may_take_what_a_drained_master_offers_or_no_master_with_the_plugin_offers_any_more()
            throws Exception {
        schedulers.enlist(m1, List.of("nightly"));
        tables.text("select quorate_v1.drain('m1')");
        assertThat(take(m2)).isEqualTo("ok");
        try (Connection session = buildmasterOf(m2)) {
            attempt(session, "delete from scheduler_masters");
        }
        tables.text("select quorate_v1.undrain('m1')");
        assertThat(take(m2)).isEqualTo(NOT_THE_OWNER);

        schedulers.enlist(m1, List.of("changesource:git"));

        assertThat(take(m2)).isEqualTo("ok");
    }

    @Test
    void a_buildmaster_that_writes_another_masters_id_owns_nothing() throws Exception {
        try (Connection session = buildmasterOf(m2)) {
            assertThat(attempt(session, TAKE.formatted(STOCK))).isEqualTo("QF001");
        }
    }
}
