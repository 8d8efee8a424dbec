package org.quorate.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.quorate.claim.Claim;
import org.quorate.claim.LowWaterMark;
import org.quorate.claim.Turn;
import org.quorate.claim.Wanted;
import org.quorate.master.Authority;
import org.quorate.master.Failovers.FailOver;
import org.quorate.testing.TestDatabase;

/**
 * What remains in Buildbot's tables of a failed master: in the tables of a real Buildbot, and in the standalone ones.
 */
class ClearanceTest {
    private enum Tables {
        BUILDBOTS(TestDatabase::adopted),
        STANDALONE(TestDatabase::fresh);

        private final Supplier<TestDatabase> maker;

        Tables(Supplier<TestDatabase> maker) {
            this.maker = maker;
        }
    }

    private enum End {
        FAIL_OVER,
        FENCE_AND_RELEASE,
        LEAVE,
        RESTART_AFTER_SIGKILL
    }

    private TestDatabase tables;
    private PostgresDatabase database;
    private PostgresMasters masters;
    private Authority m1;
    private Authority m2;

    /**
     * Sets up master m1, which leads, and master m2, which runs build 1 for buildrequest 1 and has a row of every kind.
     */
    private void given(Tables kind) {
        tables = kind.maker.get();
        database = PostgresDatabase.open(
                new DatabaseSettings(
                        tables.url(),
                        tables.user(),
                        tables.password(),
                        2,
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(30)),
                "quorate-test");
        masters = new PostgresMasters(database);
        m1 = register("m1");
        m2 = register("m2");
        int builder = masters.offerBuilders(m2, List.of("linux")).get("linux");
        masters.offerBuilders(m1, List.of("linux"));
        tables.text("select count(*) from quorate_v1.submit('linux')");
        claim(m2, builder);
        tables.execute("""
                insert into builds
                (id, number, builderid, buildrequestid, masterid, started_at, complete_at, state_string, results)
                values (1, 1, 1, 1, %1$d, 1, null, 'building', null), (2, 2, 1, 1, %1$d, 1, 2, 'failed', 2),
                       (3, 3, 1, 1, %2$d, 1, null, 'building', null);
                insert into workers (id, name, info) values (1, 'w1', '{}');
                insert into connected_workers (masterid, workerid) values (%1$d, 1), (%2$d, 1);
                insert into configured_workers (buildermasterid, workerid) select b.id, 1 from builder_masters b;
                insert into changesources (id, name, name_hash) values (1, 's', 's'), (2, 't', 't');
                insert into changesource_masters (changesourceid, masterid) values (1, %1$d), (2, %2$d);
                insert into schedulers (id, name, name_hash) values (1, 's', 's'), (2, 't', 't');
                insert into scheduler_masters (schedulerid, masterid) values (1, %1$d), (2, %2$d)
                """.formatted(m2.masterid(), m1.masterid()));
        if (kind == Tables.BUILDBOTS) {
            tables.execute("""
                    insert into steps
                    (id, number, name, buildid, started_at, state_string, results, urls_json, hidden) values
                      (1, 0, 'update', 1, 1, 'done', 0, '[]', 0), (2, 1, 'compile', 1, 1, 'compiling', null, '[]', 0),
                      (3, 0, 'compile', 3, 1, 'compiling', null, '[]', 0);
                    insert into logs (id, name, slug, stepid, complete, num_lines, type) values
                      (1, 'stdio', 'stdio', 2, 0, 5, 's'), (2, 'stdio', 'stdio', 3, 0, 5, 's')
                    """);
        }
    }

    @AfterEach
    void close() {
        database.close();
        tables.close();
    }

    private Authority register(String name) {
        return masters.register(name, UUID.randomUUID(), 0).authority();
    }

    private Claim claim(Authority authority, int builder) {
        Turn turn = new Turn(
                UUID.randomUUID(), List.of(), List.of(), List.of(new Wanted(builder, 1, LowWaterMark.LOWEST)), 1);
        return new PostgresClaims(database).take(authority, turn).claimed().get(0);
    }

    private void end(End end) {
        switch (end) {
            case LEAVE -> masters.leave(m2, "stopped");
            case RESTART_AFTER_SIGKILL -> register("m2");
            case FAIL_OVER -> assertThat(failOver()).isEqualTo(FailOver.Result.RELEASED);
            case FENCE_AND_RELEASE -> {
                try (var session = tables.dataSource().getConnection()) {
                    session.setClientInfo("ApplicationName", PostgresMasters.applicationName("m2"));
                    assertThat(failOver()).isEqualTo(FailOver.Result.FENCED);
                    assertThat(tables.text("select results from builds where id = 1"))
                            .isEqualTo("null");
                    masters.release(m1, leaderEpoch(), m2.masterid());
                } catch (java.sql.SQLException e) {
                    throw new AssertionError(e);
                }
            }
        }
    }

    private FailOver.Result failOver() {
        long leader = masters.lead(m1, 0);
        return masters.failOver(m1, leader, m2.masterid(), m2.epoch(), 0, "m2 is absent")
                .result();
    }

    private long leaderEpoch() {
        return tables.number("select epoch from quorate.leader");
    }

    @ParameterizedTest
    @EnumSource(End.class)
    void after_a_master_failed_none_of_its_rows_looks_as_if_it_were_running(End end) {
        given(Tables.BUILDBOTS);

        end(end);

        assertThat(tables.text("select string_agg(format('%s %s %s', id, results, complete_at > 1), ', ' order by id)"
                        + " from builds"))
                .isEqualTo("1 5 t, 2 2 t, 3  ");
        assertThat(tables.text("select state_string from builds where id = 1")).isEqualTo("retry, its master is gone");
        assertThat(tables.text("select string_agg(format('%s %s %s', id, results, complete_at > 1), ', ' order by id)"
                        + " from steps"))
                .isEqualTo("1 0 , 2 5 t, 3  ");
        assertThat(tables.text("select string_agg(id || ' ' || complete, ', ' order by id) from logs"))
                .isEqualTo("1 1, 2 0");
        for (String attached :
                List.of("connected_workers", "changesource_masters", "scheduler_masters", "builder_masters")) {
            assertThat(tables.text("select string_agg(masterid::text, ' ') from " + attached))
                    .as(attached)
                    .isEqualTo(String.valueOf(m1.masterid()));
        }
        assertThat(tables.text("select count(*) from configured_workers")).isEqualTo("1");
        assertThat(tables.text("select count(*) from buildrequest_claims")).isEqualTo("0");
        assertThat(tables.text("select active from masters where name = 'm1'")).isEqualTo("1");
        assertThat(tables.text("select active from masters where name = 'm2'"))
                .isEqualTo(end == End.RESTART_AFTER_SIGKILL ? "1" : "0");
        assertThat(tables.violations()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Tables.class)
    void other_buildmasters_get_events_about_what_ended(Tables kind) {
        given(kind);

        end(End.FAIL_OVER);

        assertThat(tables.text("select string_agg(e ->> 'keys', ' ' order by seq)"
                        + " from quorate.event, jsonb_array_elements(events::jsonb) e"))
                .isEqualTo("[[\"buildrequests\", \"1\", \"unclaimed\"]] [[\"builds\", \"1\", \"finished\"]]");
    }

    @ParameterizedTest
    @EnumSource(Tables.class)
    void a_buildrequest_for_which_a_lost_build_waited_is_cancelled_since_its_parent_will_submit_it_again(Tables kind) {
        given(kind);
        Authority m3 = register("m3");
        child(10, 1, true, null);
        child(11, 1, true, m2);
        child(12, 1, true, m3);
        child(13, 1, false, null);
        child(14, 3, true, null);
        if (kind == Tables.BUILDBOTS) {
            child(15, 1, true, null);
            tables.execute("insert into masters (id, name, name_hash, active, last_active)"
                    + " values (99, 'stock', 'stock', 1, 0);"
                    + " insert into buildrequest_claims (brid, masterid, claimed_at) values (15, 99, 1)");
        }

        end(End.FAIL_OVER);

        assertThat(tables.text("select string_agg(format('%s %s', id, results), ', ' order by id)"
                        + " from buildrequests where complete = 1"))
                .isEqualTo("10 6, 11 6");
        assertThat(tables.text("select string_agg(id::text, ' ' order by id) from buildsets where complete = 1"))
                .isEqualTo("10 11");
        assertThat(tables.text("select string_agg(brid || ': ' || why, ', ') from quorate.cancellation"))
                .isEqualTo("12: build 1, which waited for it, runs again: m2 is absent");
        assertThat(tables.text("select string_agg(brid || ' ' || kind, ', ' order by seq) from quorate.history"
                        + " where brid between 10 and 15 and kind <> 'claim'"))
                .isEqualTo("11 release, 10 cancel, 11 cancel, 12 cancel");
        assertThat(tables.violations()).isEmpty();
    }

    /** Inserts a buildrequest with a buildset of its own that has the same id. */
    private void child(int id, int parent, boolean waitedFor, Authority holder) {
        tables.execute("""
                insert into buildsets (id, submitted_at, results, parent_buildid) values (%1$d, 1, -1, %2$d);
                insert into buildrequests (id, buildsetid, builderid, complete, results, submitted_at, waited_for)
                values (%1$d, %1$d, 1, 0, -1, 1, %3$d)
                """.formatted(id, parent, waitedFor ? 1 : 0));
        if (holder != null) {
            tables.execute("""
                    insert into buildrequest_claims (brid, masterid, claimed_at) values (%1$d, %2$d, 1);
                    insert into quorate.claim (brid, masterid, epoch, attempt) values (%1$d, %2$d, %3$d, '%4$s');
                    insert into quorate.history (kind, brid, masterid, epoch, attempt, actor)
                    values ('claim', %1$d, %2$d, %3$d, '%4$s', 'test')
                    """.formatted(id, holder.masterid(), holder.epoch(), new UUID(0, id)));
        }
    }

    @ParameterizedTest
    @EnumSource(Tables.class)
    void an_agent_that_resumes_its_epoch_ends_nothing(Tables kind) {
        given(kind);

        assertThat(masters.resume("m2", UUID.randomUUID(), m2.epoch())).isPresent();

        assertThat(tables.text("select state_string from builds where id = 1")).isEqualTo("building");
        assertThat(tables.text("select count(*) from connected_workers")).isEqualTo("2");
        assertThat(tables.text("select count(*) from buildrequest_claims")).isEqualTo("1");
    }

    @ParameterizedTest
    @EnumSource(Tables.class)
    void the_housekeeper_refreshes_the_rows_of_live_masters_so_that_no_stock_master_expires_them(Tables kind) {
        given(kind);
        Authority m3 = register("m3");
        masters.leave(m3, "stopped");
        long leader = masters.lead(m1, 0);
        tables.execute("update masters set last_active = case name when 'm1' then 2000000000 else 1 end");

        masters.tidy(m1, leader, Duration.ofDays(30));

        assertThat(tables.text("select last_active from masters where name = 'm1'"))
                .isEqualTo("2000000000");
        assertThat(tables.number(
                        "select extract(epoch from now())::integer - last_active from masters where name = 'm2'"))
                .isLessThan(600);
        assertThat(tables.text("select last_active from masters where name = 'm3'"))
                .isEqualTo("1");
    }

    @ParameterizedTest
    @EnumSource(Tables.class)
    void the_heartbeat_of_a_stock_buildmaster_is_refreshed_only_shortly_before_another_master_would_expire_it(
            Tables kind) {
        given(kind);
        long leader = masters.lead(m1, 0);
        new PostgresMasters(database, false).register("u4", UUID.randomUUID(), 0);
        new PostgresMasters(database, false).register("u5", UUID.randomUUID(), 0);
        tables.execute("update masters set last_active = extract(epoch from now())::integer"
                + " - case name when 'u4' then 450 else 500 end");

        masters.tidy(m1, leader, Duration.ofDays(30));

        assertThat(age("u4")).isGreaterThan(440);
        assertThat(age("u5")).isLessThan(60);
        assertThat(age("m1")).isLessThan(60);
    }

    private long age(String master) {
        return tables.number(
                "select extract(epoch from now())::integer - last_active from masters where name = '" + master + "'");
    }
}
