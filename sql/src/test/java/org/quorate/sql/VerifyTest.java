package org.quorate.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VerifyTest {
    private static final String HISTORY =
            "insert into quorate.history (kind, brid, masterid, epoch, attempt, results, actor) values ";

    private DataSource database;

    @BeforeEach
    void given_a_history_that_is_whole() throws Exception {
        database = Server.database();
        try (var in = VerifyTest.class.getResourceAsStream("/whole-story.sql")) {
            Server.execute(database, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @AfterEach
    void drop() throws Exception {
        Server.drop(database);
    }

    @Test
    void a_history_that_is_whole_passes_every_check() throws Exception {
        assertThat(violations(null)).isEmpty();
    }

    @Test
    void a_claim_beside_another_violates_I1() throws Exception {
        plant(HISTORY + "('claim', 2, 1, 1, '00000000-0000-0000-0000-000000000009', null, 'x')");
        plant("update quorate.claim set attempt = '00000000-0000-0000-0000-000000000009' where brid = 2");

        assertOnly("i1", "buildrequest 2 was claimed by master 1 in epoch 1");
    }

    @Test
    void a_claim_that_buildbot_does_not_see_violates_I1() throws Exception {
        plant("delete from buildrequest_claims where brid = 2");

        assertOnly("i1", "buildrequest 2 is held by master 1, but buildrequest_claims names nobody");
    }

    @Test
    void a_claim_that_outlives_its_epoch_violates_I2() throws Exception {
        plant("update quorate.master set epoch = 2 where masterid = 1");
        plant(HISTORY + "('register', null, 1, 2, null, null, 'x')");

        assertOnly("i2", "buildrequest 2 is held by master 1 in epoch 1, but that master is active in epoch 2");
    }

    @Test
    void a_claim_after_the_fence_violates_I2() throws Exception {
        plant(HISTORY + "('claim', 3, 2, 1, '00000000-0000-0000-0000-000000000008', null, 'x')");
        plant(HISTORY + "('release', 3, 2, 1, '00000000-0000-0000-0000-000000000008', null, 'x')");

        assertOnly("i2", "claim by master 2 in epoch 1");
    }

    @Test
    void a_fenced_master_may_hold_claims_of_the_epoch_that_ended() throws Exception {
        plant("update quorate.master set epoch = 2, state = 'fenced' where masterid = 1");
        plant("insert into quorate.history (kind, masterid, epoch, leader_epoch, actor) "
                + "values ('fence', 1, 1, 1, 'leader:1')");

        assertThat(violations(null)).isEmpty();
    }

    @Test
    void a_completion_without_a_claim_violates_I3() throws Exception {
        plant(HISTORY + "('complete', 4, 1, 1, '00000000-0000-0000-0000-000000000004', 0, 'x')");
        plant("update buildrequests set complete = 1, results = 0 where id = 4");

        assertOnly("i3", "buildrequest 4 was completed by master 1 in epoch 1");
    }

    @Test
    void a_completion_by_another_attempt_violates_I3() throws Exception {
        plant(HISTORY + "('complete', 2, 1, 1, '00000000-0000-0000-0000-000000000004', 0, 'x')");
        plant("update buildrequests set complete = 1, results = 0 where id = 2");
        plant("delete from quorate.claim where brid = 2");

        assertOnly("i3", "held it in epoch 1 by another attempt");
    }

    @Test
    void a_second_completion_violates_I4() throws Exception {
        plant(HISTORY + "('claim', 1, 1, 1, '00000000-0000-0000-0000-000000000007', null, 'x')");
        plant(HISTORY + "('complete', 1, 1, 1, '00000000-0000-0000-0000-000000000007', 0, 'x')");

        assertOnly("i4", "buildrequest 1 was completed 2 times");
    }

    @Test
    void a_completion_of_what_was_cancelled_violates_I4() throws Exception {
        plant(HISTORY + "('claim', 5, 1, 1, '00000000-0000-0000-0000-000000000007', null, 'x')");
        plant(HISTORY + "('complete', 5, 1, 1, '00000000-0000-0000-0000-000000000007', 6, 'x')");

        assertOnly("i4", "buildrequest 5 was claimed by master 1");
    }

    @Test
    void a_buildrequest_left_with_a_dead_master_violates_I5() throws Exception {
        plant("insert into buildrequest_claims (brid, masterid, claimed_at) values (4, 2, 1)");

        assertOnly("i5", "buildrequest 4 is lost: buildrequest_claims names master 2, which is dead");
    }

    @Test
    void a_buildrequest_that_is_neither_complete_nor_incomplete_violates_I5() throws Exception {
        plant("update buildrequests set complete = null where id = 4");

        assertOnly("i5", "buildrequest 4 is neither complete nor incomplete");
    }

    @Test
    void an_epoch_issued_twice_violates_I6() throws Exception {
        plant(HISTORY + "('register', null, 1, 1, null, null, 'x')");

        assertOnly("i6", "master 1 got epoch 1");
    }

    @Test
    void a_term_issued_twice_violates_I6() throws Exception {
        plant("insert into quorate.history (kind, schedulerid, masterid, epoch, term, "
                + "actor) values ('own', 1, 1, 1, 1, 'x')");

        assertOnly("i6", "scheduler 1 got term 1");
    }

    @Test
    void a_leader_epoch_issued_twice_violates_I6() throws Exception {
        plant("insert into quorate.history (kind, masterid, epoch, leader_epoch, actor) values ('lead', 1, 1, 1, 'x')");

        assertOnly("i6", "leader epoch 1 began");
    }

    @Test
    void a_tick_that_happened_twice_violates_I7() throws Exception {
        plant(tick("at 1", 1));

        assertOnly("i7", "tick \"at 1\" of scheduler 1 happened 2 times");
    }

    @Test
    void a_tick_in_a_term_that_is_not_current_violates_I7() throws Exception {
        plant(tick("at 2", 7));
        plant("insert into quorate.tick (schedulerid, occasion, tick_at, term, masterid, epoch, buildsetid)"
                + " values (1, 'at 2', to_timestamp(2), 7, 1, 1, 1)");

        assertOnly("i7", "tick \"at 2\" of scheduler 1 by master 1 in term 7");
    }

    @Test
    void an_owner_that_buildbot_does_not_see_violates_I7() throws Exception {
        plant("update scheduler_masters set masterid = 2 where schedulerid = 1");

        assertOnly("i7", "scheduler 1 is owned by master 1, but scheduler_masters names master 2");
    }

    @Test
    void an_owner_of_a_change_source_that_buildbot_does_not_see_violates_I7() throws Exception {
        plant("insert into changesources (id, name, name_hash) values (1, 'git', 'g')");
        plant("insert into quorate.scheduler (schedulerid, term, masterid, epoch) values (-1, 1, 1, 1)");
        plant("insert into quorate.history (kind, schedulerid, masterid, epoch, term, "
                + "actor) values ('own', -1, 1, 1, 1, 'x')");
        assertThat(violations(null)).isEmpty();

        plant("insert into changesource_masters (changesourceid, masterid) values (1, 2)");

        assertOnly("i7", "change source 1 is owned by master 1, but changesource_masters names master 2");
    }

    @Test
    void a_fence_by_a_deposed_leader_violates_I8() throws Exception {
        plant("update quorate.leader set epoch = 2");
        plant("insert into quorate.master (masterid, name, epoch, incarnation, state, changed_by)"
                + " values (3, 'm3', 2, gen_random_uuid(), 'dead', 'x')");
        plant("insert into quorate.history (kind, masterid, epoch, leader_epoch, actor) values"
                + " ('register', 3, 1, null, 'x'), ('lead', 1, 1, 2, 'x'), ('fence', 3, 1, 1, 'leader:1')");

        assertOnly("i8", "fence of master 3 in leader epoch 1 by leader:1");
    }

    @Test
    void a_cancel_by_a_failover_in_an_operators_name_violates_no_invariant() throws Exception {
        plant("update buildrequests set complete = 1, results = 6 where id = 4");
        plant("insert into quorate.history (kind, brid, masterid, epoch, attempt, leader_epoch, results, actor) values"
                + " ('claim', 4, 1, 1, '00000000-0000-0000-0000-000000000004', null, null, 'master:m1'),"
                + " ('release', 4, 1, 1, '00000000-0000-0000-0000-000000000004', 1, null, 'leader:1'),"
                + " ('cancel', 4, null, null, null, 1, 6, 'alice')");

        assertThat(violations(null)).isEmpty();
    }

    @Test
    void a_cancel_in_the_name_of_a_deposed_leader_violates_I8() throws Exception {
        plant("update quorate.leader set epoch = 2");
        plant("update buildrequests set complete = 1, results = 6 where id = 4");
        plant("insert into quorate.history (kind, brid, masterid, leader_epoch, results, actor) values"
                + " ('lead', null, 1, 2, null, 'x'), ('cancel', 4, null, 1, 6, 'alice')");

        assertOnly("i8", "cancel of buildrequest 4 in leader epoch 1 by alice");
    }

    @Test
    void a_fence_by_one_who_does_not_lead_violates_I8() throws Exception {
        plant("insert into quorate.master (masterid, name, epoch, incarnation, state, changed_by)"
                + " values (3, 'm3', 2, gen_random_uuid(), 'dead', 'x')");
        plant("insert into quorate.history (kind, masterid, epoch, leader_epoch, actor) values"
                + " ('register', 3, 1, null, 'x'), ('fence', 3, 1, 1, 'leader:2')");

        assertOnly("i8", "fence of master 3 in leader epoch 1 by leader:2");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            delete from quorate.claim where brid = 2; delete from buildrequest_claims where brid = 2 | the table by nobody
            update buildrequests set complete = 1, results = 0 where id = 4 | does not say who completed it
            update buildrequests set complete = 1, results = 0 where id = 2 | a session without an epoch completed it
            update buildrequests set results = 2 where id = 1 | the history says complete with 0
            update quorate.master set state = 'active', epoch = 5 where masterid = 2 | master 2 is active in epoch 5
            update quorate.scheduler set term = 9 | scheduler 1 is in term 9
            update quorate.leader set epoch = 9 | the leader is master 1 in epoch 9
            delete from quorate.tick | is in the history only
            """)
    void a_table_that_the_history_does_not_explain_violates_I9(String change, String told) throws Exception {
        plant(change);

        assertOnly("i9", told);
    }

    @Test
    void what_happened_before_the_window_is_left_out() throws Exception {
        plant(HISTORY + "('claim', 1, 1, 1, '00000000-0000-0000-0000-000000000007', null, 'x')");
        plant(HISTORY + "('complete', 1, 1, 1, '00000000-0000-0000-0000-000000000007', 0, 'x')");

        assertThat(violations("now() + interval '1 hour'")).isEmpty();
        assertThat(violations("now() - interval '1 hour'")).containsOnlyKeys("i4");
    }

    @Test
    void what_happened_after_the_window_is_left_out_and_so_are_the_tables_which_are_of_now() throws Exception {
        String before = Server.text(database, "select quote_literal(clock_timestamp()) || '::timestamptz'");
        plant(HISTORY + "('claim', 1, 1, 1, '00000000-0000-0000-0000-000000000007', null, 'x')");
        plant("delete from buildrequest_claims; update quorate.master set epoch = 9 where masterid = 2;"
                + " update quorate.leader set epoch = 0; update quorate.scheduler set term = 0;"
                + " update buildrequests set complete = 2 where id = 3; delete from quorate.tick");

        assertThat(violations(database, null, before)).isEmpty();
        assertThat(violations(database, null, "now()")).containsOnlyKeys("i4");
        assertThat(violations(null)).containsKeys("i1", "i4", "i5", "i6", "i9");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 6, 8, 10, 11, 12, 14})
    void dropping_old_days_leaves_nothing_unexplained(int old) throws Exception {
        plant("update quorate.cluster set founded_at = now() - interval '95 days'");
        plant("create temp table whole as select * from quorate.history; drop table quorate.history_default;"
                + " do $$ declare n text; begin for n in select p.name from quorate.history_partition p loop"
                + " execute 'drop table quorate.' || n; end loop; end $$;"
                + " create table quorate.history_old partition of quorate.history for "
                + "values from (now() - interval '96 days')"
                + " to (now() - interval '94 days'); create table quorate.history_default "
                + "partition of quorate.history default;"
                + " update whole set at = at - interval '95 days' where seq <= " + old + ";"
                + " insert into quorate.history overriding system value select * from whole;"
                + " update quorate.tick set committed_at = committed_at - interval '95 days'");
        assertThat(violations(null)).isEmpty();

        assertThat(Server.text(database, "select quorate.forget_history(90)")).isEqualTo("1");

        assertThat(violations(null)).isEmpty();
    }

    @Test
    void one_snapshot_serves_all_checks_while_claims_go_on() throws Exception {
        try (Connection snapshot = snapshot()) {
            assertThat(check(snapshot, "i1", null, null)).isEmpty();

            plant("delete from quorate.claim where brid = 2; delete from buildrequest_claims where brid = 2; " + HISTORY
                    + "('release', 2, 1, 1, '00000000-0000-0000-0000-000000000002', null, 'x')");

            assertThat(check(snapshot, "i9", null, null)).isEmpty();
        }
        assertThat(violations(null)).isEmpty();
    }

    private static String tick(String occasion, int term) {
        return "insert into quorate.history (kind, schedulerid, masterid, epoch, term, occasion, actor)"
                + " values ('tick', 1, 1, 1, " + term + ", '" + occasion + "', 'x')";
    }

    /** The guard judges at its commit what a session without an epoch does, unless the session is Quorate's. */
    private void plant(String sql) throws SQLException {
        Server.execute(database, "set application_name = 'quorate-test'; " + sql);
    }

    private void assertOnly(String check, String told) throws SQLException {
        Map<String, List<String>> violations = violations(null);

        assertThat(violations).containsOnlyKeys(check);
        assertThat(violations.get(check)).anySatisfy(what -> assertThat(what).contains(told));
    }

    private Map<String, List<String>> violations(String since) throws SQLException {
        return violations(database, since);
    }

    /** By check; those that found nothing are left out. */
    static Map<String, List<String>> violations(DataSource database, String since) throws SQLException {
        return violations(database, since, null);
    }

    private static Map<String, List<String>> violations(DataSource database, String since, String until)
            throws SQLException {
        Map<String, List<String>> violations = new TreeMap<>();
        try (Connection snapshot = snapshot(database)) {
            for (int i = 1; i <= 9; i++) {
                List<String> found = check(snapshot, "i" + i, since, until);
                if (!found.isEmpty()) {
                    violations.put("i" + i, found);
                }
            }
        }
        return violations;
    }

    private Connection snapshot() throws SQLException {
        return snapshot(database);
    }

    private static Connection snapshot(DataSource database) throws SQLException {
        Connection connection = database.getConnection();
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        connection.setReadOnly(true);
        connection.setAutoCommit(false);
        return connection;
    }

    private static List<String> check(Connection connection, String name, String since, String until)
            throws SQLException {
        String sql = Statements.named("verify/" + name)
                .replace(":since", String.valueOf(since))
                .replace(":until", String.valueOf(until));
        List<String> found = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                found.add(rows.getString("what"));
            }
        }
        return found;
    }
}
