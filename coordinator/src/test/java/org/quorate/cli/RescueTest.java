package org.quorate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.quorate.cli.output.Exit;
import org.quorate.sql.Schema;
import org.quorate.testing.PostgresFixture;
import org.quorate.testing.TestDatabase;

/** {@code quorate rescue} on a Buildbot database without Quorate's schema, whose masters have no agent. */
class RescueTest {
    private static final String EVERYTHING = """
            select md5(string_agg(x, chr(10) order by x)) from (
              select 'm ' || m::text as x from masters m union all select 'c ' || c::text from buildrequest_claims c
              union all select 'r ' || r::text from buildrequests r union all select 'b ' || b::text from builds b
              union all select 's ' || s::text from steps s union all select 'l ' || l::text from logs l
              union all select 'o ' || o::text from scheduler_masters o
              union all select 'a ' || a::text from changesource_masters a
              union all select 'w ' || w::text from connected_workers w
              union all select 'f ' || f::text from configured_workers f
              union all select 'u ' || u::text from builder_masters u) everything
            """;

    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.buildbotPerTest();

    @TempDir
    Path home;

    /** m1 is alive; m2 was killed 14 minutes ago, and nobody noticed; m3 is expired; m4 is dead and holds nothing. */
    @BeforeEach
    void given_a_stock_cluster_with_two_dead_masters() {
        POSTGRES.database().execute("""
                insert into masters (id, name, name_hash, active, last_active)
                select n, 'm' || n || ':/srv/bb', 'h' || n, (n in (1, 2))::integer,
                       extract(epoch from now())::integer - case n when 1 then 20 when 2 then 870 else 7230 end
                  from generate_series(1, 4) n;
                insert into builders (id, name, name_hash) values (1, 'linux', 'h1');
                insert into builder_masters (id, builderid, masterid) values (1, 1, 1), (2, 1, 2);
                insert into workers (id, name, info) values (1, 'w1', '{}');
                insert into connected_workers (masterid, workerid) values (1, 1), (2, 1);
                insert into configured_workers (buildermasterid, workerid) values (1, 1), (2, 1);
                insert into schedulers (id, name, name_hash)
                values (1, 'nightly', 'h1'), (2, 'hourly', 'h2'), (3, 'quick', 'h3');
                insert into scheduler_masters (schedulerid, masterid) values (1, 1), (2, 2), (3, 2);
                insert into changesources (id, name, name_hash) values (1, 'poller', 'h1'), (2, 'pb', 'h2');
                insert into changesource_masters (changesourceid, masterid) values (1, 1), (2, 2);
                insert into buildsets (id, submitted_at, results) values (1, 0, -1);
                insert into buildrequests (id, buildsetid, builderid, complete, results, submitted_at)
                select n, 1, 1, (n = 9)::integer, -1, 1 from generate_series(1, 9) n;
                insert into buildrequest_claims (brid, masterid, claimed_at)
                select n, case when n = 1 then 1 when n = 4 then 3 else 2 end, extract(epoch from now())::integer - 930
                  from unnest('{1, 2, 3, 4, 9}'::integer[]) n;
                insert into builds
                (id, number, builderid, buildrequestid, masterid, started_at, complete_at, state_string, results)
                values (1, 1, 1, 1, 1, 1, null, 'building', null), (2, 2, 1, 2, 2, 1, null, 'building', null),
                       (9, 9, 1, 9, 2, 1, 2, 'built', 0);
                insert into steps (id, number, name, buildid, started_at, state_string, results, urls_json, hidden)
                values
                  (1, 0, 'compile', 1, 1, 'compiling', null, '[]', 0), (2, 0, 'update', 2, 1, 'done', 0, '[]', 0),
                  (3, 1, 'compile', 2, 1, 'compiling', null, '[]', 0);
                insert into logs (id, name, slug, stepid, complete, num_lines, type) values
                  (1, 'stdio', 'stdio', 1, 0, 5, 's'), (3, 'stdio', 'stdio', 3, 0, 5, 's')
                """);
    }

    private Operator.Said types(String... arguments) {
        return Operator.of(POSTGRES, home).types(arguments);
    }

    private static String fact(String query) {
        return POSTGRES.database().text(query);
    }

    @Test
    void what_dead_masters_hold_is_shown_with_the_evidence_and_left_alone() {
        String before = fact(EVERYTHING);

        Operator.Said said = types("rescue");

        assertThat(said.exit()).as(said.err()).isZero();
        assertThat(said.lines())
                .anySatisfy(line ->
                        assertThat(line).containsPattern("m2:/srv/bb +yes +1\\dm +0 +2 +1\\dm +1 +hourly,quick +pb"))
                .anySatisfy(line -> assertThat(line).containsPattern("m3:/srv/bb +no +2h\\w* +0 +1 +1\\dm +0 +- +-"))
                .noneMatch(line -> line.startsWith("m1") || line.startsWith("m4"))
                .last()
                .isEqualTo("release it with: quorate rescue --release MASTER --why TEXT --yes");
        assertThat(types("rescue", "-o", "wide").out()).containsPattern("m2:/srv/bb .* 2,3\\n");
        assertThat(fact(EVERYTHING)).isEqualTo(before);
        assertThat(fact("select count(*) from pg_namespace where nspname ~ '^quorate'"))
                .isEqualTo("0");
    }

    @Test
    void the_operator_chooses_after_which_silence_a_master_is_dead() throws Exception {
        JsonNode later = new ObjectMapper()
                .readTree(types("rescue", "--older-than", "1h", "-o", "json").out());

        assertThat(later.path("kind").asText()).isEqualTo("RescueList");
        assertThat(later.path("items")).hasSize(1);
        assertThat(later.path("items").get(0).path("name").asText()).isEqualTo("m3:/srv/bb");
        assertThat(later.path("items").get(0).path("requests").get(0).asText()).isEqualTo("4");
        assertThat(types("rescue", "--older-than", "10s").out()).contains("m1:/srv/bb");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_release_is_one_commit_of_what_stock_does_and_what_it_forgets(boolean newest) {
        if (newest) {
            POSTGRES.database().updateBuildbot();
        }

        Operator.Said said = types("rescue", "--release", "m2:/srv/bb", "m3:/srv/bb", "--why", "the power", "--yes");

        assertThat(said.exit()).as(said.err()).isZero();
        assertThat(said.out())
                .containsPattern(
                        "plan: release m2:/srv/bb: active, last seen 1\\dm ago, no database session that is known to"
                                + " be its own; it holds 2 claims, 1 build, 2 schedulers, 1 source\n")
                .containsPattern("m2:/srv/bb +released +2 claims, 1 build, 2 schedulers, 1 source\n")
                .containsPattern("m3:/srv/bb +released +1 claim, 0 builds, 0 schedulers, 0 sources\n")
                .contains("buildbot reconfig");
        assertThat(fact("select string_agg(brid || ' of ' || masterid, ', ' order by brid) from buildrequest_claims"))
                .isEqualTo("1 of 1, 9 of 2");
        assertThat(fact("select string_agg(id || ' ' || active, ', ' order by id) from masters"))
                .isEqualTo("1 1, 2 0, 3 0, 4 0");
        assertThat(fact("select string_agg(format('%s %s %s', id, results, state_string), ', ' order by id)"
                        + " from builds"))
                .isEqualTo("1  building, 2 5 retry, released from m2:/srv/bb: the power, 9 0 built");
        assertThat(fact("select string_agg(format('%s %s %s', id, results, complete_at > 1), ', ' order by"
                        + " id) from steps"))
                .isEqualTo("1  , 2 0 , 3 5 t");
        assertThat(fact("select string_agg(id || ' ' || complete, ', ' order by id) from logs"))
                .isEqualTo("1 0, 3 1");
        assertThat(fact("select string_agg(id::text, ' ') from buildrequests where complete = 1"))
                .isEqualTo("9");
        assertThat(fact("select string_agg(distinct masterid::text, ' ') from (select masterid from scheduler_masters"
                        + " union all select masterid from changesource_masters union all select masterid from"
                        + " connected_workers"
                        + " union all select masterid from builder_masters) attached"))
                .isEqualTo("1");
        assertThat(fact("select count(*) from configured_workers")).isEqualTo("1");
        assertThat(types("rescue").out()).contains("nothing is stuck");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --release m1:/srv/bb --yes            | 4 | m1:/srv/bb looks alive (active, last seen
            --release m2:/srv/bb m1:/srv/bb --yes | 4 | m1:/srv/bb looks alive
            --release m2:/srv/bb --older-than 1h --yes | 4 | m2:/srv/bb looks alive
            --release m2:/srv/bb                  | 4 | run the command again with --yes
            --release m2:/srv/b --yes             | 2 | there is no master m2:/srv/b; did you mean
            --release m2:/srv/bb --dry-run        | 0 |
            --release                             | 2 | --release
            """)
    void what_is_refused_and_a_dry_run_change_nothing(String arguments, int exit, String complaint) {
        String before = fact(EVERYTHING);

        Operator.Said said = types(("rescue " + arguments.strip()).split(" +"));

        assertThat(said.exit()).as(said.err()).isEqualTo(exit);
        assertThat(said.err()).contains(complaint == null ? "" : complaint);
        assertThat(fact(EVERYTHING)).isEqualTo(before);
    }

    @Test
    void an_operator_who_checked_may_release_a_master_that_looks_alive() {
        assertThat(types("rescue", "--release", "m1:/srv/bb", "--yes", "--i-checked")
                        .exit())
                .isZero();

        assertThat(fact("select count(*) from buildrequest_claims where masterid = 1"))
                .isEqualTo("0");
    }

    @Test
    void a_master_with_a_session_that_is_known_as_its_own_looks_alive() throws SQLException {
        try (var session = POSTGRES.dataSource().getConnection()) {
            session.setClientInfo("ApplicationName", "m2");

            Operator.Said said = types("rescue", "--release", "m2:/srv/bb", "--yes");

            assertThat(said.exit()).isEqualTo(Exit.REFUSED);
            assertThat(said.err()).contains("1 database session)");
        }
    }

    @Test
    void a_master_that_gave_a_sign_of_life_after_the_plan_is_not_released() throws SQLException {
        // the heartbeat locks the row first, and commits while the rescue waits for the lock
        try (var heartbeat = POSTGRES.dataSource().getConnection();
                var statement = heartbeat.createStatement()) {
            heartbeat.setAutoCommit(false);
            statement.execute("update masters set last_active = extract(epoch from now())::integer where id = 2");
            Thread committer = new Thread(() -> {
                org.awaitility.Awaitility.await()
                        .until(() -> fact("select count(*) from pg_stat_activity where application_name = 'quorate'"
                                        + " and cardinality(pg_blocking_pids(pid)) > 0")
                                .equals("1"));
                try {
                    heartbeat.commit();
                } catch (SQLException e) {
                    throw new AssertionError(e);
                }
            });
            committer.start();

            Operator.Said said = types("rescue", "--release", "m2:/srv/bb", "--yes", "--timeout", "60s");

            assertThat(said.exit()).as(said.err()).isEqualTo(Exit.REFUSED);
            assertThat(said.err()).contains("m2:/srv/bb looks alive");
        }
        assertThat(fact("select count(*) from buildrequest_claims where masterid = 2"))
                .isEqualTo("3");
    }

    @Test
    void a_master_with_an_agent_is_the_housekeepers() {
        Schema.of(POSTGRES.dataSource()).adopt("test", false);
        POSTGRES.database()
                .execute("insert into quorate.master (masterid, name, epoch, incarnation, state, changed_by)"
                        + " values (2, 'm2:/srv/bb', 1, gen_random_uuid(), 'active', 'test')");
        String before = fact(EVERYTHING);

        Operator.Said said = types("rescue", "--release", "m2:/srv/bb", "--yes", "--i-checked");

        assertThat(said.exit()).isEqualTo(Exit.REFUSED);
        assertThat(said.err()).contains("m2:/srv/bb has an agent", "quorate failovers");
        assertThat(fact(EVERYTHING)).isEqualTo(before);
        assertThat(types("rescue").out()).doesNotContain("m2:/srv/bb").contains("m3:/srv/bb");
        assertThat(types("rescue", "--release", "m3:/srv/bb", "--yes").exit()).isZero();
    }

    @Test
    void a_database_that_is_not_buildbots_or_of_another_version_is_rejected() {
        try (TestDatabase standalone = TestDatabase.fresh()) {
            Operator.Said said = types("rescue", "--database", standalone.url());
            assertThat(said.exit()).isEqualTo(Exit.PRECONDITION);
            assertThat(said.err()).contains("is not a Buildbot's");
        }
        POSTGRES.database().execute("update alembic_version set version_num = '068'");

        Operator.Said said = types("rescue");

        assertThat(said.exit()).isEqualTo(Exit.REFUSED);
        assertThat(said.err()).contains("of version 068, and Quorate knows 059 (Buildbot 3.7) to 067 (4.3)");
    }
}
