package org.quorate.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quorate.claim.Claim;
import org.quorate.claim.LowWaterMark;
import org.quorate.claim.Turn;
import org.quorate.claim.Wanted;
import org.quorate.master.Authority;
import org.quorate.sql.Statements;
import org.quorate.testing.TestDatabase;

/** Texts that anybody may write into Buildbot's tables, as a property or a reason, and how a claim handles them. */
class StrangersTextTest {
    private static final int ROUNDS = 60;
    private static final int LONGEST_NAME = 256;
    private static final List<String> PIECES = List.of(
            "[",
            "]",
            "{",
            "}",
            "\"",
            "\\",
            "\\u0000",
            "\\ud800",
            "\\udc00",
            "\\u00e9",
            "\\x",
            ":",
            ",",
            " ",
            "\n",
            "\t",
            "Infinity",
            "-Infinity",
            "NaN",
            "null",
            "true",
            "1",
            "-",
            "1e400",
            "0.1",
            "9".repeat(60),
            "main",
            "Change",
            "'",
            "$1",
            ":id",
            "%s",
            "é",
            "\ud83d\ude00",
            "\u0001",
            "\u007f",
            "\u2028",
            "[\"main\", \"Change\"]",
            "[1, \"x\"]");

    private static TestDatabase tables;
    private static PostgresDatabase database;

    private PostgresClaims claims;
    private Authority master;
    private int builderid;

    @BeforeAll
    static void open() {
        tables = TestDatabase.adopted();
        database = PostgresDatabase.open(
                new DatabaseSettings(
                        tables.url(),
                        tables.user(),
                        tables.password(),
                        2,
                        Duration.ofSeconds(50),
                        Duration.ofSeconds(55)),
                "test");
    }

    @AfterAll
    static void close() {
        database.close();
        tables.close();
    }

    @BeforeEach
    void register() {
        PostgresMasters masters = new PostgresMasters(database);
        master = masters.register("m1", UUID.randomUUID(), 1).authority();
        builderid = masters.offerBuilders(master, List.of("linux")).get("linux");
        claims = new PostgresClaims(database);
        tables.execute("delete from buildsets; delete from quorate.claim");
    }

    static List<String> whatJsonbRefuses() {
        return List.of(
                "[Infinity, \"Scheduler\"]",
                "[-Infinity, \"Scheduler\"]",
                "[{\"limit\": NaN}, \"Scheduler\"]",
                "[\"a\\u0000b\", \"SetPropertyFromCommand\"]",
                "[\"\\udc80\", \"Force Build Form\"]",
                "[\"\\ud800 \", \"Force Build Form\"]",
                "",
                "main",
                "[",
                "[]",
                "{}",
                "null",
                "[1, \"x\"] 2",
                "[" + "9".repeat(100) + ", \"x\"]",
                "[1e99999999999, \"x\"]",
                "[".repeat(20_000) + "]".repeat(20_000),
                "[\"" + "x".repeat(30_000_000) + "\", \"x\"]");
    }

    @ParameterizedTest
    @MethodSource("whatJsonbRefuses")
    void a_property_that_cannot_be_carried_costs_no_claim_but_its_own_place(String value) throws SQLException {
        int before = submit(1, "fine", "[\"yes\", \"x\"]");
        int poisoned = submit(2, "branch", "[\"main\", \"Change\"]");
        property(2, "poison", value);
        int after = submit(3, "fine", "[\"yes\", \"x\"]");

        List<Claim> claimed = take();

        assertThat(claimed).extracting(Claim::brid).containsExactly(before, poisoned, after);
        assertThat(claimed.get(0).properties()).isEqualTo("{\"fine\":\"yes\"}");
        assertThat(claimed.get(1).properties()).contains("\"branch\":\"main\"");
        assertThat(claimed.get(2).properties()).isEqualTo("{\"fine\":\"yes\"}");
        assertThat(claims.held(master)).isEqualTo(claimed);
    }

    @Test
    void values_that_json_can_hold_and_jsonb_cannot_reach_the_claim() throws SQLException {
        submit(1, "files", "[\"a\\u0000b\", \"SetPropertyFromCommand\"]");
        property(1, "name", "[\"\\udc80\", \"Force Build Form\"]");

        assertThat(take().get(0).properties()).isEqualTo("{\"name\":\"\udc80\",\"files\":\"a\\u0000b\"}");
    }

    @Test
    void an_operator_sees_the_other_properties_and_the_strange_one_as_it_is_stored() throws SQLException {
        int fine = submit(1, "scheduler", "[\"nightly\", \"Scheduler\"]");
        int poisoned = submit(2, "scheduler", "[Infinity, \"x\"]");

        assertThat(tables.text("select string_agg(coalesce(scheduler, '-'), ' ' order by id) from quorate_v1.requests"))
                .isEqualTo("nightly -");
        assertThat(tables.number("select count(*) from quorate_v1.explain(" + poisoned + ")"))
                .isPositive();
        assertThat(shown(poisoned)).isEqualTo("{\"scheduler\": \"[Infinity, \\\"x\\\"]\"}");
        assertThat(shown(fine)).isEqualTo("{\"scheduler\": \"nightly\"}");
    }

    private static String shown(int brid) {
        return tables.text(
                "select properties from (" + Statements.named("cli/request").replace(":id", brid + "") + ") r");
    }

    /**
     * Texts of many kinds in every place where somebody else's text may be: the next buildrequest is always claimed.
     */
    @Test
    void whatever_text_is_written_the_next_buildrequest_is_claimed() throws SQLException {
        Random random = new Random(20261127);
        for (int round = 0; round < ROUNDS; round++) {
            tables.execute("delete from buildsets; delete from quorate.claim");
            String text = text(random);
            int strange = submit(1, shortened(text(random)), text);
            property(1, shortened(text), text(random));
            property(1, shortened(text), "[" + text(random) + ", \"x\"]");
            update("update buildsets set reason = ?, external_idstring = ? where id = 1", text(random), text);
            int next = submit(2, "fine", "[\"yes\", \"x\"]");

            assertThat(take()).as(text).extracting(Claim::brid).containsExactly(strange, next);
            assertThat(claims.held(master)).as(text).hasSize(2);
        }
    }

    /** A row of every table, with strange texts in every column that holds texts or JSON. */
    @Test
    void whatever_text_any_column_of_buildbots_holds_the_next_buildrequest_is_claimed_and_shown() throws SQLException {
        int holder = master.masterid();
        tables.execute("""
                insert into buildsets (id, submitted_at, complete, results, reason) values (90, 1, 1, 0, '');
                insert into buildrequests (id, buildsetid, builderid, priority, complete, results, submitted_at)
                values (90, 90, %1$d, 0, 1, 0, 1);
                insert into workers (id, name, info) values (90, 'w', '{}');
                insert into schedulers (id, name, name_hash) values (90, 's', 's');
                insert into changesources (id, name, name_hash) values (90, 'c', 'c');
                insert into objects (id, name, class_name) values (90, 'o', 'o');
                insert into object_state (objectid, name, value_json) values (90, 'n', '1');
                insert into builds (id, number, builderid, buildrequestid, masterid, started_at, state_string)
                values (90, 90, %1$d, 90, %2$d, 1, '');
                insert into build_properties (buildid, name, value, source) values (90, 'p', '1', 's');
                insert into steps (id, number, name, buildid, started_at, state_string, urls_json, hidden)
                values (90, 0, 's', 90, 1, '', '[]', 0);
                insert into logs (id, name, slug, stepid, complete, num_lines, type) values (90, 'l', 'l', 90, 0, 1, 's');
                insert into masters (id, name, name_hash, active, last_active) values (90, 'm', 'm', 1, 1)
                """.formatted(builderid, holder));
        List<String> updates = List.of(tables.text("""
                        select string_agg(format('with t as (select ?::text as v) update %I set %s from t'
                                                 ' where %1$I.ctid = (select max(ctid) from %1$I)', c.name, c.values), ';')
                          from (
                            select table_name as name,
                                   string_agg(format('%I = left(t.v, %s)', column_name,
                                                     coalesce(character_maximum_length, 1000)), ', ') as values
                              from information_schema.columns
                             where table_schema = 'public' and data_type in ('text', 'character varying')
                               and column_name not like '%hash' and table_name not in ('alembic_version', 'builders')
                             group by table_name) c
                         where to_regclass(c.name) is not null
                        """).split(";"));
        assertThat(updates).hasSizeGreaterThan(20);
        Random random = new Random(20261130);
        for (int round = 0; round < 3; round++) {
            for (String update : updates) {
                update(update, text(random));
            }
            int next = submit(91 + round, "fine", "[\"yes\", \"x\"]");

            assertThat(take()).extracting(Claim::brid).containsExactly(next);
            assertThat(claims.held(master)).hasSize(round + 1);
            for (String view : tables.text(
                            "select string_agg(viewname, ' ') from pg_views where schemaname = 'quorate_v1'")
                    .split(" ")) {
                assertThat(tables.number("select count(v.*::text) from quorate_v1." + view + " v"))
                        .as(view)
                        .isNotNegative();
            }
            tables.text("select string_agg(e::text, '') from quorate_v1.explain(" + next + ") e");
        }
        tables.execute("delete from masters where id = 90; delete from workers where id = 90; delete from schedulers"
                + " where id = 90; delete from changesources where id = 90; delete from objects where id = 90");
    }

    private static String text(Random random) {
        return pieces(random.nextInt(12), n -> PIECES.get(random.nextInt(PIECES.size())));
    }

    private static String pieces(int count, IntFunction<String> piece) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(piece.apply(i));
        }
        return text.toString();
    }

    private static String shortened(String name) {
        return name.codePointCount(0, name.length()) <= LONGEST_NAME
                ? name
                : name.substring(0, name.offsetByCodePoints(0, LONGEST_NAME));
    }

    private List<Claim> take() {
        return claims.take(
                        master,
                        new Turn(
                                UUID.randomUUID(),
                                List.of(),
                                List.of(),
                                List.of(new Wanted(builderid, 9, LowWaterMark.LOWEST)),
                                9))
                .claimed();
    }

    /** Submits a buildrequest as Buildbot does. Returns its id. */
    private int submit(int buildset, String property, String value) throws SQLException {
        update("insert into buildsets (id, submitted_at, complete, results) values (" + buildset + ", 1, 0, -1)");
        property(buildset, property, value);
        return (int) tables.number("insert into buildrequests (buildsetid, builderid, priority, complete, results,"
                + " submitted_at, waited_for) values (" + buildset + ", " + builderid
                + ", 0, 0, -1, 1, 0) returning id");
    }

    private static void property(int buildset, String name, String value) throws SQLException {
        update(
                "insert into buildset_properties (buildsetid, property_name, property_value) values (" + buildset
                        + ", ?, ?)",
                name,
                value);
    }

    private static void update(String sql, String... texts) throws SQLException {
        try (Connection connection = tables.dataSource().getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < texts.length; i++) {
                statement.setString(i + 1, texts[i]);
            }
            statement.execute();
        }
    }
}
