package org.quorate.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * What a buildmaster's own sessions may write to Buildbot's tables. They run as the role that owns these tables and has
 * no rights on Quorate's, as at a site.
 */
class BuildmasterGuardTest {
    private static final String FENCED = "QF001";
    private static final String NOT_THE_HOLDER = "QF002";
    private static final String LOST_RACE = "23505";

    private static final String COMPLETE =
            "update buildrequests set complete = 1, results = 0, complete_at = 1 where id = ";

    private DataSource database;

    @BeforeEach
    void given_a_site() throws Exception {
        database = Server.siteDatabase();
        Server.execute(database, Server.resource("/guarded-site.sql"));
    }

    @AfterEach
    void drop() throws Exception {
        Server.drop(database);
    }

    /** A session of m1's buildmaster in its current epoch. */
    private Connection current() throws SQLException {
        return buildmaster(1, 11);
    }

    /** A session of m1's buildmaster in the epoch before, which ended. */
    private Connection stale() throws SQLException {
        return buildmaster(1, 10);
    }

    private Connection buildmaster(int masterid, long epoch) throws SQLException {
        PGSimpleDataSource source = Server.as("buildbot", database);
        source.setOptions("-c quorate.masterid=" + masterid + " -c quorate.epoch=" + epoch);
        return source.getConnection();
    }

    /** A session of m1's buildmaster in its current epoch, which was started for this database. */
    private Connection startedFor(String databaseUuid) throws SQLException {
        PGSimpleDataSource source = Server.as("buildbot", database);
        source.setOptions("-c quorate.masterid=1 -c quorate.epoch=11 -c quorate.database=" + databaseUuid);
        return source.getConnection();
    }

    /** A session of a buildmaster without an agent, or of any other program. */
    private Connection unguarded() throws SQLException {
        return Server.as("buildbot", database).getConnection();
    }

    /** "ok", or the SQLSTATE of the refusal; nothing of a refused one is kept. */
    private static String attempt(Connection session, String sql) throws SQLException {
        try (Statement statement = session.createStatement()) {
            statement.execute(sql);
            return "ok";
        } catch (SQLException e) {
            return e.getSQLState();
        }
    }

    private String fact(String query) throws SQLException {
        return Server.text(database, query);
    }

    /**
     * One trigger, and what it prevents or brings about.
     *
     * @param trigger as relation.name
     * @param by whether the session's epoch is current
     * @param outcome what becomes of the attempt and what the tables say then, while the trigger stands
     */
    record Protection(String trigger, Epoch by, String attempt, String fact, String outcome) {
        enum Epoch {
            CURRENT,
            STALE
        }

        @Override
        public String toString() {
            return trigger + ": " + attempt;
        }
    }

    private static Protection stale(String trigger, String attempt, String fact, String outcome) {
        return new Protection(trigger, Protection.Epoch.STALE, attempt, fact, outcome);
    }

    private static Protection current(String trigger, String attempt, String fact, String outcome) {
        return new Protection(trigger, Protection.Epoch.CURRENT, attempt, fact, outcome);
    }

    static List<Protection> protections() {
        String occasion = "insert into buildset_properties (buildsetid, property_name, property_value) values (1,"
                + " 'quorate.occasion', '[{\"scheduler\": \"nightly\", \"term\": 5, "
                + "\"occasion\": \"at 1\"}, \"Scheduler\"]')";
        return List.of(
                stale(
                        "buildrequest_claims.quorate_fence",
                        "insert into buildrequest_claims values (5, 1, 1)",
                        "select count(*) from buildrequest_claims where brid = 5",
                        FENCED + " 0"),
                stale(
                        "buildrequest_claims.quorate_fence",
                        "delete from buildrequest_claims where brid = 1 and masterid = 1",
                        "select count(*) from buildrequest_claims where brid = 1",
                        FENCED + " 1"),
                current(
                        "buildrequest_claims.quorate_claim",
                        "insert into buildrequest_claims values (5, 1, 1)",
                        "select masterid || ' in ' || epoch from quorate.claim where brid = 5",
                        "ok 1 in 11"),
                current(
                        "buildrequest_claims.quorate_claim",
                        "insert into buildrequest_claims values (5, 2, 1)",
                        "select count(*) from buildrequest_claims where brid = 5",
                        FENCED + " 0"),
                current(
                        "buildrequest_claims.quorate_keep",
                        "delete from buildrequest_claims where brid in (1, 2)",
                        "select string_agg(brid::text, ' ') from buildrequest_claims",
                        "ok 2"),
                current(
                        "buildrequest_claims.quorate_unclaim",
                        "delete from buildrequest_claims where brid = 1 and masterid = 1",
                        "select string_agg(brid::text, ' ') from quorate.claim",
                        "ok 2"),
                stale(
                        "buildrequests.quorate_fence",
                        COMPLETE + 1,
                        "select complete from buildrequests where id = 1",
                        FENCED + " 0"),
                current(
                        "buildrequests.quorate_complete",
                        COMPLETE + 2,
                        "select complete from buildrequests where id = 2",
                        NOT_THE_HOLDER + " 0"),
                stale(
                        "buildsets.quorate_fence",
                        "insert into buildsets (submitted_at) values (1)",
                        "select count(*) from buildsets",
                        FENCED + " 1"),
                current(
                        "buildset_properties.quorate_occasion",
                        occasion,
                        "select (select count(*) from quorate.tick) || ' ' || (select "
                                + "count(*) from buildset_properties)",
                        "ok 1 0"),
                current(
                        "buildset_properties.quorate_cancel",
                        "insert into buildset_properties (buildsetid, property_name, property_value)"
                                + " select 1, 'quorate.cancel', format('{\"brid\": %s, \"why\": \"enough\"}', n)"
                                + " from generate_series(2, 3) n",
                        "select string_agg(brid || ' ' || actor || ' ' || why, ', ') || ' '"
                                + " || (select count(*) from buildset_properties) from quorate.cancellation",
                        "ok 2 buildmaster:m1 enough 0"),
                stale(
                        "builds.quorate_fence",
                        "insert into builds (number, builderid, buildrequestid, masterid, started_at, state_string)"
                                + " values (9, 1, 1, 1, 1, 'x')",
                        "select count(*) from builds",
                        FENCED + " 4"),
                stale(
                        "builds.quorate_check",
                        "update builds set results = 0, complete_at = 1 where id = 1",
                        "select results from builds where id = 1",
                        "ok null"),
                current(
                        "builds.quorate_keep",
                        "update builds set results = 6, complete_at = 9 where id in (1, 3)",
                        "select string_agg(id || ' ' || results, ', ' order by id) from builds",
                        "ok 1 6, 3 5"),
                current(
                        "builds.quorate_keep",
                        "update builds set results = 5, complete_at = 9 where masterid in (2, 3)",
                        "select string_agg(id || ' ' || coalesce(results::text, '-'), ', ' order "
                                + "by id) from builds where id in (2, 4)",
                        "ok 2 -, 4 5"),
                stale(
                        "masters.quorate_check",
                        "update masters set active = 1, last_active = 9 where id = 1",
                        "select last_active from masters where id = 1",
                        "ok 0"),
                current(
                        "masters.quorate_keep",
                        "update masters set active = 0 where last_active < 9",
                        "select string_agg(id::text, ' ' order by id) from masters where active = 1",
                        "ok 2"),
                stale(
                        "scheduler_masters.quorate_fence",
                        "insert into scheduler_masters values (2, 1)",
                        "select count(*) from scheduler_masters",
                        FENCED + " 2"),
                current(
                        "scheduler_masters.quorate_own",
                        "insert into scheduler_masters values (4, 1)",
                        "select count(*) from scheduler_masters",
                        NOT_THE_HOLDER + " 2"),
                stale(
                        "scheduler_masters.quorate_check",
                        "delete from scheduler_masters where schedulerid = 1",
                        "select count(*) from scheduler_masters",
                        "ok 2"),
                current(
                        "scheduler_masters.quorate_keep",
                        "delete from scheduler_masters",
                        "select string_agg(schedulerid::text, ' ') from scheduler_masters",
                        "ok 2"),
                current(
                        "scheduler_masters.quorate_own",
                        "insert into scheduler_masters values (3, 1)",
                        "select coalesce(sum(masterid), 0) from quorate.scheduler where schedulerid = 3",
                        "ok 1"),
                current(
                        "scheduler_masters.quorate_disown",
                        "delete from scheduler_masters where schedulerid = 1",
                        "select masterid from quorate.scheduler where schedulerid = 1",
                        "ok null"),
                current(
                        "changesource_masters.quorate_disown",
                        "insert into changesources (id, name, name_hash) values (5, 's5', 'h5');"
                                + " insert into changesource_masters values (5, 1);"
                                + " delete from changesource_masters where changesourceid = 5",
                        "select masterid from quorate.scheduler where schedulerid = -5",
                        "ok null"),
                stale(
                        "changesource_masters.quorate_fence",
                        "insert into changesource_masters values (2, 1)",
                        "select count(*) from changesource_masters",
                        FENCED + " 3"),
                current(
                        "changesource_masters.quorate_own",
                        "insert into changesource_masters values (4, 1)",
                        "select count(*) from changesource_masters",
                        NOT_THE_HOLDER + " 3"),
                stale(
                        "changesource_masters.quorate_check",
                        "delete from changesource_masters where masterid = 1",
                        "select count(*) from changesource_masters",
                        "ok 3"),
                current(
                        "changesource_masters.quorate_keep",
                        "delete from changesource_masters",
                        "select string_agg(masterid::text, ' ') from changesource_masters",
                        "ok 2"),
                stale(
                        "builder_masters.quorate_check",
                        "delete from builder_masters where masterid = 1",
                        "select count(*) from builder_masters",
                        "ok 3"),
                current(
                        "builder_masters.quorate_keep",
                        "delete from builder_masters",
                        "select string_agg(masterid::text, ' ') from builder_masters",
                        "ok 2"),
                stale(
                        "connected_workers.quorate_check",
                        "delete from connected_workers where masterid = 1",
                        "select count(*) from connected_workers",
                        "ok 3"),
                current(
                        "connected_workers.quorate_keep",
                        "delete from connected_workers",
                        "select string_agg(masterid::text, ' ') from connected_workers",
                        "ok 2"),
                stale(
                        "configured_workers.quorate_check",
                        "delete from configured_workers where buildermasterid = 1",
                        "select count(*) from configured_workers",
                        "ok 3"),
                current(
                        "configured_workers.quorate_keep",
                        "delete from configured_workers",
                        "select string_agg(buildermasterid::text, ' ') from configured_workers",
                        "ok 2"),
                stale(
                        "object_state.quorate_check",
                        "update object_state set value_json = '2'",
                        "select value_json from object_state",
                        "ok 1"),
                stale(
                        "object_state.quorate_keep",
                        "insert into object_state values (1, 'another', '2')",
                        "select count(*) from object_state",
                        "ok 1"));
    }

    @ParameterizedTest
    @MethodSource("protections")
    void without_its_trigger_no_protection_of_buildbots_tables_holds(Protection protection) throws Exception {
        assertThat(outcome(protection)).isEqualTo(protection.outcome());

        String[] trigger = protection.trigger().split("\\.");
        drop();
        given_a_site();
        Server.execute(database, "alter table " + trigger[0] + " disable trigger " + trigger[1]);
        assertThat(outcome(protection)).as("without the trigger").isNotEqualTo(protection.outcome());
    }

    private String outcome(Protection protection) throws SQLException {
        try (Connection session = protection.by() == Protection.Epoch.CURRENT ? current() : stale()) {
            String outcome = attempt(session, protection.attempt());
            return outcome + " " + fact(protection.fact());
        }
    }

    @Test
    void no_trigger_is_left_untested() throws Exception {
        assertThat(Server.texts(
                        database,
                        "select tgrelid::regclass || '.' || tgname from pg_trigger where tgname ~ '^quorate_'"
                                + " and tgname not in ('quorate_wake', 'quorate_number', "
                                + "'quorate_enabled', 'quorate_living', 'quorate_deleted',"
                                + " 'quorate_completed') order by 1"))
                .containsExactlyElementsOf(
                        protections().stream().map(Protection::trigger).collect(Collectors.toCollection(TreeSet::new)));
    }

    @Test
    void a_session_without_settings_is_not_concerned() throws Exception {
        String before = fact("select count(*) || ' ' || (select count(*) from quorate.claim) from quorate.history");

        try (Connection session = unguarded()) {
            for (String sql : List.of(
                    "insert into buildrequest_claims values (5, 4, 1)",
                    COMPLETE + 6,
                    "delete from buildrequest_claims where brid = 5",
                    "insert into buildsets (submitted_at) values (1)",
                    "update builds set results = 6, complete_at = 9",
                    "update masters set active = 0 where id in (3, 4)",
                    "insert into scheduler_masters values (4, 4)",
                    "delete from scheduler_masters",
                    "delete from changesource_masters",
                    "delete from configured_workers",
                    "delete from builder_masters",
                    "delete from connected_workers",
                    "update object_state set value_json = '2'")) {
                assertThat(attempt(session, sql)).as(sql).isEqualTo("ok");
            }
        }

        assertThat(fact("select string_agg(results::text, ' ') from builds")).isEqualTo("6 6 6 6");
        assertThat(fact("select count(*) from scheduler_masters")).isEqualTo("0");
        assertThat(fact("select count(*) || ' ' || (select count(*) from quorate.claim) from quorate.history"))
                .isEqualTo(before);
    }

    @Test
    void a_second_buildmaster_under_the_name_of_a_living_agents_master_changes_nothing() throws Exception {
        try (Connection session = unguarded()) {
            session.setAutoCommit(false);
            assertThat(committed(
                            session,
                            "delete from scheduler_masters where masterid = 1;"
                                    + " update masters set active = 0 where id = 1"))
                    .as("what it does first, to mark its predecessor as stopped")
                    .isEqualTo(FENCED);
            assertThat(committed(session, "insert into buildrequest_claims values (5, 1, 1)"))
                    .isEqualTo(FENCED);
            assertThat(committed(session, "delete from buildrequest_claims where brid = 1 and masterid = 1"))
                    .isEqualTo(FENCED);
            assertThat(committed(session, "update masters set active = 1, last_active = 5 where id = 1"))
                    .isEqualTo("ok");
            assertThat(committed(session, "update masters set active = 0 where id = 3"))
                    .as("a master that is dead")
                    .isEqualTo("ok");
            assertThat(committed(session, "insert into buildrequest_claims values (5, 4, 1)"))
                    .as("a stock master")
                    .isEqualTo("ok");
        }

        assertThat(fact("select active from masters where id = 1")).isEqualTo("1");
        assertThat(fact("select count(*) from scheduler_masters where masterid = 1"))
                .isEqualTo("1");
        assertThat(VerifyTest.violations(database, null)).isEmpty();
    }

    @Test
    void claims_of_buildrequests_that_are_deleted_or_completed_by_hand_end_and_the_history_says_so() throws Exception {
        Server.execute(database, "update buildrequests set complete = 1, results = 6 where id = 1");
        Server.execute(database, "delete from builds; delete from buildsets");

        assertThat(fact("select count(*) from quorate.claim")).isEqualTo("0");
        assertThat(Server.texts(
                        database,
                        "select brid || ' ' || kind || ' ' || masterid || ' ' || why from quorate.history"
                                + " where actor like 'outside:%' order by brid"))
                .containsExactly(
                        "1 release 1 its buildrequest was completed in the database, by none of Quorate's sessions",
                        "2 release 2 its buildrequest was deleted in the database, by none of Quorate's sessions");
        assertThat(VerifyTest.violations(database, null)).isEmpty();
    }

    private static String committed(Connection session, String sql) throws SQLException {
        String outcome = attempt(session, sql);
        try {
            session.commit();
            return outcome;
        } catch (SQLException e) {
            return e.getSQLState();
        }
    }

    @Test
    void an_occasion_happens_once_and_a_second_one_takes_its_buildset_with_it() throws Exception {
        try (Connection session = current()) {
            assertThat(tick(session, 101, "nightly", 5, "at 1")).isEqualTo("ok");
            assertThat(tick(session, 102, "nightly", 5, "at 1")).isEqualTo(LOST_RACE);
            assertThat(tick(session, 103, "nightly", 5, "at 2")).isEqualTo("ok");
        }

        assertThat(fact("select string_agg(id::text, ' ' order by id) from buildsets"))
                .isEqualTo("1 101 103");
        assertThat(fact("select string_agg(occasion || ' ' || buildsetid, ', ' order by occasion) from quorate.tick"))
                .isEqualTo("at 1 101, at 2 103");
        assertThat(fact("select count(*) from buildset_properties where property_name = 'quorate.occasion'"))
                .isEqualTo("0");
        assertThat(fact("select count(*) from buildset_properties where property_name = 'branch'"))
                .isEqualTo("2");
        assertThat(VerifyTest.violations(database, null)).isEmpty();
    }

    @Test
    void a_stop_that_was_sent_through_buildbot_is_noted_as_the_cancel_of_an_operator_is() throws Exception {
        String stop = "insert into buildset_properties (buildsetid, property_name, property_value)"
                + " values (1, 'quorate.cancel', '{\"brid\": 2, \"why\": \"enough\"}')";
        try (Connection session = stale()) {
            assertThat(attempt(session, stop)).isEqualTo(FENCED);
        }
        try (Connection session = current()) {
            assertThat(attempt(session, stop)).isEqualTo("ok");
            assertThat(attempt(session, stop))
                    .as("a second one changes nothing")
                    .isEqualTo("ok");
            assertThat(attempt(session, stop.replace("2,", "999,"))).isEqualTo("ok");
        }

        assertThat(fact("select brid || ' ' || why from quorate.cancellation")).isEqualTo("2 enough");
        assertThat(fact("select kind || ' ' || brid || ' ' || masterid || ' by ' || actor from quorate.history"
                        + " where kind = 'cancel'"))
                .isEqualTo("cancel 2 2 by buildmaster:m1");
        assertThat(fact("select count(*) from buildset_properties")).isEqualTo("0");
        assertThat(VerifyTest.violations(database, null)).isEmpty();
    }

    @Test
    void an_occasion_of_a_term_that_is_over_or_anothers_is_refused() throws Exception {
        try (Connection session = current()) {
            assertThat(tick(session, 101, "nightly", 4, "at 1")).isEqualTo(FENCED);
            assertThat(tick(session, 102, "hourly", 6, "at 1")).isEqualTo(FENCED);
            Server.execute(
                    database, "update quorate.scheduler set masterid = null, epoch = null where schedulerid = 1");
            assertThat(tick(session, 103, "nightly", 5, "at 1")).isEqualTo(FENCED);
        }

        assertThat(fact("select count(*) from buildsets")).isEqualTo("1");
        assertThat(fact("select count(*) from quorate.tick")).isEqualTo("0");
    }

    /** As Buildbot's addBuildset does it: all of it in one transaction. */
    private static String tick(Connection session, int buildset, String scheduler, int term, String occasion)
            throws SQLException {
        session.setAutoCommit(false);
        String outcome = attempt(session, """
                insert into buildsets (id, submitted_at, results) values (%1$d, 1, -1);
                insert into buildset_properties values (%1$d, 'branch', '["main", "Change"]'), (%1$d, 'quorate.occasion',
                  '[{"scheduler": "%2$s", "term": %3$d, "occasion": "%4$s"}, "Scheduler"]');
                insert into buildrequests (id, buildsetid, builderid, complete, results, submitted_at)
                values (1000 + %1$d, %1$d, 1, 0, -1, 1)
                """.formatted(buildset, scheduler, term, occasion));
        if (outcome.equals("ok")) {
            session.commit();
        } else {
            session.rollback();
        }
        session.setAutoCommit(true);
        return outcome;
    }

    @Test
    void what_a_buildmaster_does_by_itself_is_whole() throws Exception {
        assertThat(VerifyTest.violations(database, null)).isEmpty();

        try (Connection m1 = current();
                Connection m2 = buildmaster(2, 21)) {
            assertThat(attempt(m1, "insert into buildrequest_claims values (3, 1, 1), (4, 1, 1), (5, 1, 1)"))
                    .isEqualTo("ok");
            assertThat(attempt(m2, "insert into buildrequest_claims values (6, 2, 1), (3, 2, 1)"))
                    .isEqualTo(LOST_RACE);
            assertThat(attempt(m2, "insert into buildrequest_claims values (6, 2, 1)"))
                    .isEqualTo("ok");
            assertThat(attempt(
                            m1,
                            "update buildrequests set complete = 1, results = 3, complete_at = 1 where id in (3, 4)"))
                    .isEqualTo("ok");
            assertThat(attempt(m1, "delete from buildrequest_claims where brid in (1, 5, 6) and masterid = 1"))
                    .isEqualTo("ok");
            assertThat(attempt(m2, "insert into buildrequest_claims values (5, 2, 1)"))
                    .isEqualTo("ok");
            assertThat(attempt(m2, COMPLETE + 5)).isEqualTo("ok");
            assertThat(tick(m1, 101, "nightly", 5, "at 1")).isEqualTo("ok");
            assertThat(tick(m2, 102, "hourly", 6, "at 1")).isEqualTo("ok");
        }

        assertThat(VerifyTest.violations(database, null)).isEmpty();
        assertThat(fact("select string_agg(brid || ' of ' || masterid, ', ' order by brid) from quorate.claim"))
                .isEqualTo("2 of 2, 6 of 2");
        assertThat(fact("select string_agg(kind || ' ' || coalesce(brid::text, occasion) || "
                        + "' by ' || actor, ', ' order by seq)"
                        + " from quorate.history where actor ~ 'buildmaster'"))
                .isEqualTo("claim 3 by buildmaster:m1, claim 4 by buildmaster:m1, claim 5 by buildmaster:m1,"
                        + " claim 6 by buildmaster:m2, complete 3 by buildmaster:m1, complete 4 by buildmaster:m1,"
                        + " release 1 by buildmaster:m1, release 5 by buildmaster:m1, claim 5 by buildmaster:m2,"
                        + " complete 5 by buildmaster:m2, tick at 1 by buildmaster:m1, tick at 1 by buildmaster:m2");
    }

    @Test
    void a_buildmaster_needs_no_rights_on_our_schemas() throws Exception {
        assertThat(fact("select has_schema_privilege('buildbot', 'quorate', 'usage')"))
                .isEqualTo("f");
        assertThat(fact("select rolsuper or pg_has_role('buildbot', 'site', 'member') from "
                        + "pg_roles where rolname = 'buildbot'"))
                .isEqualTo("f");

        try (Connection session = current()) {
            assertThat(attempt(session, "select * from quorate.master")).isEqualTo("42501");
            assertThat(attempt(session, "insert into buildrequest_claims values (5, 1, 1)"))
                    .isEqualTo("ok");
            assertThat(attempt(session, COMPLETE + 5)).isEqualTo("ok");
        }
        assertThat(fact("select string_agg(kind, ' ' order by seq) from quorate.history where brid = 5"))
                .isEqualTo("claim complete");
    }

    @Test
    void a_claim_that_waited_for_the_cancel_of_its_request_lost_a_race() throws Exception {
        try (Connection operator = database.getConnection();
                Connection session = current()) {
            operator.setAutoCommit(false);
            assertThat(attempt(operator, "select quorate_v1.cancel(5)")).isEqualTo("ok");
            CompletableFuture<String> claim = later(session, "insert into buildrequest_claims values (5, 1, 1)");
            awaitBlocked(session);
            operator.commit();

            assertThat(claim.join()).isEqualTo(LOST_RACE);
        }
        assertThat(fact("select count(*) from buildrequest_claims where brid = 5"))
                .isEqualTo("0");
        assertThat(VerifyTest.violations(database, null)).isEmpty();
    }

    @Test
    void a_request_that_buildbots_janitor_deletes_takes_its_claim_along() throws Exception {
        try (Connection session = current()) {
            assertThat(attempt(session, "delete from buildsets where id = 1")).isEqualTo("ok");
        }

        assertThat(fact("select (select count(*) from buildrequests) + (select count(*) from buildrequest_claims)"))
                .isEqualTo("0");
    }

    @Test
    void a_zombies_completion_waits_for_the_failover_of_its_master_and_is_refused_without_a_deadlock()
            throws Exception {
        try (Connection leader = database.getConnection();
                Connection zombie = current()) {
            leader.setAutoCommit(false);
            assertThat(attempt(leader, "select 1 from quorate.leader for share"))
                    .isEqualTo("ok");
            assertThat(attempt(leader, "select 1 from quorate.master where masterid = 1 for update"))
                    .isEqualTo("ok");
            CompletableFuture<String> completion = later(zombie, COMPLETE + 1);
            awaitBlocked(zombie);

            // what the zombie's statement would lock besides the master is free for the fail-over
            assertThat(attempt(leader, "set lock_timeout = '10s'")).isEqualTo("ok");
            end(leader, "masters/end_epoch");
            end(leader, "masters/release_schedulers");
            end(leader, "masters/release_claims");
            end(leader, "masters/end_builds");
            leader.commit();

            assertThat(completion.join()).isEqualTo(FENCED);
        }
        assertThat(fact("select complete from buildrequests where id = 1")).isEqualTo("0");
        assertThat(fact("select count(*) from buildrequest_claims where brid = 1"))
                .isEqualTo("0");
        assertThat(fact("select results from builds where id = 1")).isEqualTo("5");
    }

    @Test
    void a_completion_that_was_first_is_waited_for_by_the_failover() throws Exception {
        try (Connection leader = database.getConnection();
                Connection master = current()) {
            master.setAutoCommit(false);
            assertThat(attempt(master, COMPLETE + 1)).isEqualTo("ok");
            CompletableFuture<String> lock =
                    later(leader, "select 1 from quorate.master where masterid = 1 for update");
            awaitBlocked(leader);
            master.commit();

            assertThat(lock.join()).isEqualTo("ok");
        }
        assertThat(fact("select complete from buildrequests where id = 1")).isEqualTo("1");
    }

    @Test
    void a_buildmaster_writes_into_the_database_for_which_it_was_started_and_its_successors_only() throws Exception {
        String started = fact("select database_uuid from quorate.cluster");
        String successor = "22222222-2222-2222-2222-222222222222";

        try (Connection session = startedFor(started)) {
            assertThat(attempt(session, COMPLETE + 1)).isEqualTo("ok");
        }
        try (Connection session = startedFor(successor)) {
            assertThat(attempt(session, COMPLETE + 1))
                    .as("this is the former primary")
                    .isEqualTo("QF001");
        }
        Server.execute(
                database,
                "update quorate.cluster set former_uuids = array[database_uuid], database_uuid = '" + successor + "'");
        try (Connection before = startedFor(started);
                Connection after = startedFor(successor)) {
            assertThat(attempt(before, COMPLETE + 1))
                    .as("this is the new primary")
                    .isEqualTo("ok");
            assertThat(attempt(after, COMPLETE + 1)).isEqualTo("ok");
        }
    }

    private static CompletableFuture<String> later(Connection session, String sql) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return attempt(session, sql);
            } catch (SQLException e) {
                throw new AssertionError(e);
            }
        });
    }

    private void awaitBlocked(Connection session) throws SQLException {
        int pid = session.unwrap(org.postgresql.PGConnection.class).getBackendPID();
        Awaitility.await()
                .until(() -> fact("select cardinality(pg_blocking_pids(" + pid + ")) > 0")
                        .equals("t"));
    }

    /** One of the statements of a fail-over of m1. */
    private static void end(Connection leader, String name) throws SQLException {
        NamedParameters read = NamedParameters.questionMarks(Statements.named(name));
        try (PreparedStatement statement = leader.prepareStatement(read.sql())) {
            for (int i = 0; i < read.names().size(); i++) {
                switch (read.names().get(i)) {
                    case "masterid", "victim" -> statement.setInt(i + 1, 1);
                    case "number" -> statement.setLong(i + 1, 99);
                    case "leader_epoch" -> statement.setLong(i + 1, 1);
                    case "state" -> statement.setString(i + 1, "dead");
                    default -> statement.setString(i + 1, "leader:2");
                }
            }
            statement.execute();
        }
    }
}
