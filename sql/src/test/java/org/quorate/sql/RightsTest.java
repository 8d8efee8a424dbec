package org.quorate.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Who may do what with the objects of Quorate's schemas, at a site: {@code stranger} has no right at all, {@code
 * reader} is a member of pg_read_all_data, {@code board} may read the views of quorate_v1, {@code buildbot} owns
 * Buildbot's tables, and {@code gate} gets EXECUTE on one function. Everything of Quorate's belongs to {@code site}.
 */
class RightsTest {
    private static final String REFUSED = "42501";
    private static final String FENCED = "QF001";
    private static final String OUT_OF_RANGE = "22003";

    /** A trigger function needs no arguments here: who may not execute it cannot put it on a table. */
    private static final String TRIGGER_FUNCTIONS =
            "select p.oid::regproc from pg_proc p where p.pronamespace = 'quorate'::regnamespace"
                    + " and p.prorettype = 'trigger'::regtype order by 1";

    private static final String OPEN_FUNCTIONS =
            "select p.oid::regprocedure from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a"
                    + " where p.pronamespace in ('quorate'::regnamespace, 'quorate_v1'::regnamespace)"
                    + " and a.grantee <> p.proowner order by 1";

    private DataSource database;

    @BeforeEach
    void given_a_site_and_its_roles() throws Exception {
        for (String role : List.of("stranger", "reader", "board", "gate")) {
            Server.makeRole(role);
        }
        database = Server.siteDatabase();
        Server.execute(database, Server.resource("/guarded-site.sql"));
        Server.execute(database, "grant pg_read_all_data to reader");
        asSite("grant usage on schema quorate_v1 to board, gate; grant select on all "
                + "tables in schema quorate_v1 to board");
    }

    @AfterEach
    void drop() throws Exception {
        Server.drop(database);
    }

    private void asSite(String sql) throws SQLException {
        Server.execute(Server.as("site", database), sql);
    }

    /** "ok", or the SQLSTATE of the refusal. */
    private String attempt(String role, String sql) throws SQLException {
        try (Connection session = Server.as(role, database).getConnection();
                Statement statement = session.createStatement()) {
            statement.execute(sql);
            return "ok";
        } catch (SQLException e) {
            return e.getSQLState();
        }
    }

    private Connection buildmaster(int masterid, long epoch) throws SQLException {
        PGSimpleDataSource source = Server.as("buildbot", database);
        source.setOptions("-c quorate.masterid=" + masterid + " -c quorate.epoch=" + epoch);
        return source.getConnection();
    }

    private String fact(String query) throws SQLException {
        return Server.text(database, query);
    }

    @Test
    void nobody_but_the_owner_may_execute_a_function_except_three_that_read_no_table() throws Exception {
        assertThat(Server.texts(database, OPEN_FUNCTIONS))
                .containsExactlyInAnyOrder(
                        "quorate.result_word(integer)", "quorate.schema_version()", "quorate.value_of(text)");
        assertThat(Server.texts(
                        database,
                        "select distinct p.oid::regprocedure from pg_proc p"
                                + " cross join unnest('{stranger,reader,board,buildbot,gate}'::text[]) r"
                                + " where p.pronamespace in ('quorate'::regnamespace, 'quorate_v1'::regnamespace)"
                                + " and has_function_privilege(r, p.oid, 'execute') order by 1"))
                .containsExactlyInAnyOrder(
                        "quorate.result_word(integer)", "quorate.schema_version()", "quorate.value_of(text)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"quorate", "quorate_v1"})
    void a_new_function_that_is_left_open_is_noticed(String schema) throws Exception {
        asSite("create function " + schema + ".novelty() returns integer language sql as 'select 1'");

        assertThat(Server.texts(database, OPEN_FUNCTIONS)).contains(schema + ".novelty()");
    }

    @Test
    void only_readers_may_read_and_nobody_but_the_owner_may_change_a_table_a_view_or_a_sequence() throws Exception {
        assertThat(Server.texts(database, """
                with relation as (
                  select c.oid, n.nspname as schema, case c.relkind when 'S' then 'sequences' else 'tables and views' end as kind
                    from pg_class c join pg_namespace n on n.oid = c.relnamespace
                   where n.nspname in ('quorate', 'quorate_v1') and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')),
                allowed as (
                  select r.role, p.privilege, n.schema, n.kind
                    from relation n
                   cross join unnest('{stranger,reader,board,buildbot,gate}'::text[]) r(role)
                   cross join unnest('{select,insert,update,delete,truncate,references,trigger,usage}'::text[]) p(privilege)
                   where case when n.kind = 'sequences'
                              then p.privilege in ('select', 'update', 'usage') and has_sequence_privilege(r.role, n.oid, p.privilege)
                              when p.privilege in ('select', 'insert', 'update', 'references')
                              then has_any_column_privilege(r.role, n.oid, p.privilege)
                              else p.privilege <> 'usage' and has_table_privilege(r.role, n.oid, p.privilege) end)
                select format('%s may %s %s of %s %s', a.role, a.privilege,
                              case when count(*) = k.number then 'all' else 'some' end, k.schema, k.kind)
                  from allowed a
                  join (select n.schema, n.kind, count(*) as number from relation n group by n.schema, n.kind) k using (schema, kind)
                 group by a.role, a.privilege, k.schema, k.kind, k.number order by 1
                """))
                .containsExactly(
                        "board may select all of quorate_v1 tables and views",
                        "reader may select all of quorate sequences",
                        "reader may select all of quorate tables and views",
                        "reader may select all of quorate_v1 tables and views");
    }

    @Test
    void only_readers_may_name_what_a_schema_holds_and_nobody_but_the_owner_may_add_to_it() throws Exception {
        assertThat(Server.texts(
                        database,
                        "select r || ' ' || p || ' ' || s from unnest('{stranger,reader,board,buildbot}'::text[]) r,"
                                + " unnest('{usage,create}'::text[]) p, unnest('{quorate,quorate_v1}'::text[]) s"
                                + " where has_schema_privilege(r, s, p) order by 1"))
                .containsExactly("board usage quorate_v1", "reader usage quorate", "reader usage quorate_v1");
    }

    @Test
    void who_may_select_from_the_public_views_needs_no_other_right_to_read_them() throws Exception {
        List<String> views = Server.texts(
                database,
                "select c.oid::regclass from pg_class c where c.relnamespace = 'quorate_v1'::regnamespace order by 1");

        assertThat(views).hasSizeGreaterThan(6);
        for (String view : views) {
            String read = "select * from " + view;
            assertThat(attempt("board", read)).as(view).isEqualTo("ok");
            assertThat(attempt("reader", read)).as(view).isEqualTo("ok");
            assertThat(attempt("stranger", read)).as(view).isEqualTo(REFUSED);
            assertThat(attempt("buildbot", read)).as(view).isEqualTo(REFUSED);
        }
    }

    @Test
    void every_public_function_works_for_a_role_with_execute_on_it_alone_and_for_nobody_else() throws Exception {
        asSite("select setval('buildrequests_id_seq', 100)");
        List<List<String>> calls = List.of(
                List.of("submit", "submit('linux', '{\"a\": 1}', 3, 'r', 2)"),
                List.of("explain", "explain(5)"),
                List.of("reprioritize", "reprioritize(5, 7)"),
                List.of("cancel", "cancel(5)"),
                List.of("cancel", "cancel(1)"),
                List.of("drain", "drain('m1')"),
                List.of("undrain", "undrain('m1')"),
                List.of("hold", "hold('builder', 'linux', 'w')"),
                List.of("lift", "lift('builder', 'linux')"),
                List.of("move", "move('nightly', 'm2')"),
                List.of("enable", "enable('nightly', false)"),
                List.of("restart", "restart('m1')"));
        assertThat(calls)
                .extracting(call -> call.get(0))
                .as("each function of quorate_v1")
                .containsAll(Server.texts(
                        database, "select p.proname from pg_proc p where p.pronamespace = 'quorate_v1'::regnamespace"));

        for (List<String> call : calls) {
            String sql = "select * from quorate_v1." + call.get(1);
            for (String role : List.of("stranger", "reader", "board", "buildbot", "gate")) {
                assertThat(attempt(role, sql)).as(role + ": " + sql).isEqualTo(REFUSED);
            }
            asSite("grant execute on function quorate_v1." + call.get(0) + " to gate");
            assertThat(attempt("gate", sql)).as(sql).isEqualTo("ok");
            asSite("revoke execute on function quorate_v1." + call.get(0) + " from gate");
        }

        assertThat(fact("select string_agg(kind, ' ' order by seq) from quorate.history where actor = 'gate'"))
                .isEqualTo("submit reprioritize cancel cancel drain undrain hold lift move disable restart");
    }

    @Test
    void the_grants_of_the_readme_let_one_role_read_and_another_submit_and_cancel() throws Exception {
        String readme = Files.readString(Path.of("README.md"));
        asSite("revoke all on schema quorate_v1 from board, gate;"
                + " revoke all on all tables in schema quorate_v1 from board; select "
                + "setval('buildrequests_id_seq', 100)");

        asSite(readme.substring(readme.indexOf("```sql") + 6).split("```")[0]);

        assertThat(attempt("board", "select * from quorate_v1.requests")).isEqualTo("ok");
        assertThat(attempt("gate", "select quorate_v1.submit('linux')")).isEqualTo("ok");
        assertThat(attempt("gate", "select quorate_v1.cancel(5)")).isEqualTo("ok");
        assertThat(attempt("gate", "select quorate_v1.drain('m1')")).isEqualTo(REFUSED);
        assertThat(attempt("gate", "select * from quorate_v1.requests")).isEqualTo(REFUSED);
    }

    @Test
    void who_may_submit_cannot_pass_a_submission_off_as_a_schedulers_tick() throws Exception {
        asSite("grant execute on function quorate_v1.submit to gate");

        assertThat(attempt(
                        "gate",
                        "set quorate.masterid = 1; set quorate.epoch = 11; select quorate_v1.submit('linux',"
                                + " '{\"quorate.occasion\": {\"scheduler\": \"nightly\", "
                                + "\"term\": 5, \"occasion\": \"at 1\"}}')"))
                .isEqualTo("22023");

        assertThat(fact("select count(*) from quorate.tick")).isEqualTo("0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"select quorate.own_by_itself(1)", "select quorate.end_term(1, 1)"})
    void who_may_only_read_neither_takes_a_schedulers_term_nor_ends_it(String call) throws Exception {
        String before = fact("select s::text from quorate.scheduler s where s.schedulerid = 1");

        assertThat(attempt("reader", "set quorate.masterid = 1; set quorate.epoch = 9223372036854775806; " + call))
                .isEqualTo(REFUSED);
        assertThat(attempt("reader", "set quorate.masterid = 1; set quorate.epoch = 11; " + call))
                .isEqualTo(REFUSED);

        assertThat(fact("select s::text from quorate.scheduler s where s.schedulerid = 1"))
                .isEqualTo(before);
    }

    /** Even of one who may call them. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            set quorate.masterid = 1; set quorate.epoch = 9223372036854775806 | fenced: epoch 9223372036854775806 of master 1 is over
            set quorate.masterid = 1; set quorate.epoch = 10                  | fenced: epoch 10 of master 1 is over
            set quorate.masterid = 3; set quorate.epoch = 32                  | fenced: epoch 32 of master 3 is over
            set quorate.epoch = 11                                            | fenced: this session carries no epoch of a master
            set quorate.masterid = 1                                          | fenced: this session carries no epoch of a master
            """)
    void a_term_begins_and_ends_by_a_session_of_a_current_epoch_only(String settings, String sentence)
            throws Exception {
        asSite("update quorate.scheduler set masterid = 3, epoch = 32 where schedulerid = 1");
        String before = fact("select s::text from quorate.scheduler s where s.schedulerid = 1");

        for (String call : List.of("select quorate.own_by_itself(1)", "select quorate.end_term(1, 3)")) {
            try (Connection session = Server.as("site", database).getConnection();
                    Statement statement = session.createStatement()) {
                statement.execute(settings);
                assertThat(refusal(statement, call)).isEqualTo(FENCED + " " + sentence);
            }
        }

        assertThat(fact("select s::text from quorate.scheduler s where s.schedulerid = 1"))
                .isEqualTo(before);
    }

    private static String refusal(Statement statement, String sql) {
        try {
            statement.execute(sql);
            return "ok";
        } catch (SQLException e) {
            return e.getSQLState() + " "
                    + String.valueOf(e.getMessage())
                            .lines()
                            .findFirst()
                            .orElse("")
                            .replace("ERROR: ", "");
        }
    }

    /** Such a trigger would run with the rights of Quorate's owner, and write what the session's settings say. */
    @Test
    void nobody_but_the_owner_can_put_a_trigger_function_of_quorate_on_a_table_of_its_own() throws Exception {
        List<String> functions = Server.texts(database, TRIGGER_FUNCTIONS);

        assertThat(functions).contains("quorate.note_claim", "quorate.note_complete", "quorate.note_disown");
        for (String function : functions) {
            String trap =
                    "create temp table own (brid integer, masterid integer); create trigger trap after insert on own"
                            + " for each row execute function " + function + "()";
            assertThat(attempt("reader", trap)).as(function).isEqualTo(REFUSED);
            assertThat(attempt("buildbot", trap)).as(function).isEqualTo(REFUSED);
        }
    }

    @Test
    void buildbots_role_needs_no_right_on_quorates_schemas_to_build_and_to_own_schedulers() throws Exception {
        try (Connection session = buildmaster(1, 11);
                Statement statement = session.createStatement()) {
            for (String write : List.of(
                    "insert into buildsets (id, submitted_at, results) values (50, 0, -1)",
                    "insert into buildrequests (id, buildsetid, builderid, complete, results, submitted_at)"
                            + " values (50, 50, 1, 0, -1, 1)",
                    "insert into buildrequest_claims values (50, 1, 1)",
                    "insert into builds (id, number, builderid, buildrequestid, masterid, started_at, state_string)"
                            + " values (50, 50, 1, 50, 1, 1, 'building')",
                    "update builds set complete_at = 1, results = 0 where id = 50",
                    "update buildrequests set complete = 1, results = 0, complete_at = 1 where id = 50",
                    "insert into buildrequest_claims values (6, 1, 1)",
                    "delete from buildrequest_claims where brid = 6 and masterid = 1",
                    "update masters set last_active = 2 where id = 1",
                    "update schedulers set enabled = 0 where id = 3",
                    "update schedulers set enabled = 1 where id = 3",
                    "insert into scheduler_masters values (3, 1)",
                    "update object_state set value_json = '2'",
                    "delete from scheduler_masters where schedulerid = 3",
                    "delete from changesource_masters where changesourceid = 1",
                    "insert into changesource_masters values (1, 1)")) {
                statement.execute(write);
            }
        }

        assertThat(fact("select string_agg(kind, ' ' order by seq) from "
                        + "quorate.history where actor = 'buildmaster:m1'"))
                .isEqualTo("claim complete claim release own disown own");
    }

    /** Without the settings, as before an agent looks after it. */
    @Test
    void a_stock_masters_role_needs_no_right_on_quorates_schemas_either() throws Exception {
        for (String write : List.of(
                "insert into buildsets (id, submitted_at, results) values (50, 0, -1)",
                "insert into buildrequests (id, buildsetid, builderid, complete, results, submitted_at)"
                        + " values (50, 50, 1, 0, -1, 1)",
                "insert into buildrequest_claims values (50, 4, 1)",
                "update buildrequests set complete = 1, results = 0, complete_at = 1 where id = 50",
                "insert into scheduler_masters values (3, 4)",
                "update schedulers set enabled = 0 where id = 3",
                "update schedulers set enabled = 1 where id = 3",
                "delete from scheduler_masters where schedulerid = 3")) {
            assertThat(attempt("buildbot", write)).as(write).isEqualTo("ok");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            update quorate.master set epoch = 4611686018427387905 where masterid = 1
            update quorate.leader set epoch = 9223372036854775807
            update quorate.scheduler set term = 9223372036854775806 where schedulerid = 1
            insert into quorate.scheduler (schedulerid, term) values (9, 4611686018427387905)
            insert into quorate.master (masterid, name, epoch, incarnation, state, changed_by) values (9, 'm9', 4611686018427387905, gen_random_uuid(), 'active', 'x')
            """)
    void no_epoch_or_term_jumps_to_where_no_number_of_zookeepers_can_be(String write) throws Exception {
        assertThat(attempt("site", write)).isEqualTo(OUT_OF_RANGE);
    }

    @Test
    void an_epoch_and_a_term_that_are_that_high_still_have_a_next_one() throws Exception {
        asSite("update quorate.master set epoch = 4611686018427387904; update "
                + "quorate.leader set epoch = 4611686018427387904;"
                + " update quorate.scheduler set term = 4611686018427387904");

        for (int i = 0; i < 2; i++) {
            asSite("update quorate.master set epoch = greatest(epoch + 1, 5);"
                    + " update quorate.leader set epoch = greatest(epoch + 1, 5);"
                    + " update quorate.scheduler set term = greatest(term + 1, 5)");
        }

        assertThat(fact("select min(epoch) from quorate.master")).isEqualTo("4611686018427387906");
        assertThat(fact("select min(term) from quorate.scheduler")).isEqualTo("4611686018427387906");
    }

    @Test
    void rights_that_were_granted_go_with_the_schemas_when_quorate_leaves() throws Exception {
        asSite("grant execute on function quorate_v1.drain to gate");

        Schema.of(Server.as("site", database)).leave("a test");

        assertThat(fact("select count(*) from pg_shdepend d join pg_roles r on r.oid = d.refobjid"
                        + " join pg_database b on b.oid = d.dbid and b.datname = current_database()"
                        + " where r.rolname in ('board', 'gate')"))
                .isEqualTo("0");
    }
}
