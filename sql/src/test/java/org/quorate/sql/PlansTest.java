package org.quorate.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What runs every second, or under a lock that others wait for, finds its rows by an index in a database of 100 000
 * buildrequests, whether PostgreSQL plans it for the values or once for all.
 */
class PlansTest {
    /** Tables that grow with the work done, unless empty as tomorrow's history is; the others grow with the site. */
    private static final Pattern WALK = Pattern.compile("Seq Scan on "
            + "(?:\\w+\\.)?(buildrequests|buildrequest_claims|claim|buildsets"
            + "|buildset_properties|tick|history\\w*|builds|event)\\b"
            + "(?! \\w+  \\(cost=0\\.00\\.\\.0\\.00)");
    /** What is kept of completed work for ever. Builds are left out: a master's are found by the master. */
    private static final Pattern WALK_OVER_THE_PAST =
            Pattern.compile("Seq Scan on (?:\\w+\\.)?(buildrequests|buildrequest_claims|buildsets|history\\w*)\\b");

    private static final String UUID = "'{00000000-0000-0000-0000-000000000001}'";
    private static final Map<String, String> VALUES = Map.ofEntries(
            Map.entry("builderids", "'{1,2}'"),
            Map.entry("slots", "'{5,5}'"),
            Map.entry("negated_priorities", "'{-5,-5}'"),
            Map.entry("submitted_ats", "'{0,0}'"),
            Map.entry("floor_brids", "'{0,0}'"),
            Map.entry("passed_over", "'{7}'"),
            Map.entry("limit", "10"),
            Map.entry("masterid", "1"),
            Map.entry("victim", "1"),
            Map.entry("epoch", "1"),
            Map.entry("leader_epoch", "1"),
            Map.entry("term", "1"),
            Map.entry("number", "7"),
            Map.entry("attempt", "'00000000-0000-0000-0000-000000000001'"),
            Map.entry("attempts", UUID),
            Map.entry("after", "'{}'"),
            Map.entry("brids", "'{90500}'"),
            Map.entry("results", "'{0}'"),
            Map.entry("whys", "'{why}'"),
            Map.entry("why", "'why'"),
            Map.entry("kind", "'complete'"),
            Map.entry("kinds", "'{complete}'"),
            Map.entry("actor", "'test'"),
            Map.entry("hash", "'scheduler 1'"),
            Map.entry("upstream_hash", "'scheduler 2'"),
            Map.entry("schedulerid", "1"),
            Map.entry("occasion", "'at 1'"),
            Map.entry("name", "'m1'"),
            Map.entry("stock", "true"),
            Map.entry("host", "'build7'"),
            Map.entry("at", "1"),
            Map.entry("masterids", "'{2,3,0}'"),
            Map.entry("seqs", "'{99990,99000,20}'"),
            Map.entry("floor", "99980"));

    /** 20 000 of 100 000 buildrequests are open. */
    private static DataSource busy;
    /** 200 of 100 000 are. */
    private static DataSource quiet;

    @BeforeAll
    static void given_100_000_buildrequests() throws Exception {
        busy = filled(80_000, 89_000);
        quiet = filled(99_800, 99_900);
    }

    /**
     * {@code complete}: up to this id; {@code ended}: claims up to this id are of completed ones, with a thousand more
     * at most.
     */
    private static DataSource filled(int complete, int ended) throws SQLException {
        DataSource database = Server.database();
        Server.execute(database, """
                set application_name = 'quorate-test';
                insert into masters select n, 'm' || n, 'm' || n, 1, 0 from generate_series(1, 10) n;
                insert into builders select n, 'b' || n, null, 'b' || n from generate_series(1, 20) n;
                insert into schedulers select n, 's' || n, 'scheduler ' || n, 1 from generate_series(1, 1000) n;
                insert into buildsets (id, submitted_at, complete, results)
                select n, n, (n <= %1$d)::integer, 0 from generate_series(1, 100000) n;
                insert into buildset_properties select n, 'branch', '["main", "Change"]' from generate_series(1, 100000) n;
                insert into buildrequests (id, buildsetid, builderid, priority, complete, results, submitted_at)
                select n, n, 1 + n %% 20, n %% 3, (n <= %1$d)::integer, 0, n from generate_series(1, 100000) n;
                insert into buildrequest_claims select n, 1 + n %% 10, n from generate_series(1, least(%2$d + 1000, 100000)) n;
                insert into quorate.claim select n, 1 + n %% 10, 1, gen_random_uuid()
                  from generate_series(%2$d + 1, least(%2$d + 1000, 100000)) n;
                insert into quorate.scheduler select n, 1, 1 + n %% 10, 1, null from generate_series(1, 1000) n;
                insert into quorate.master select n, 'm' || n, 1, gen_random_uuid(), 'active', false, now(), 'x' from generate_series(1, 10) n;
                insert into quorate.tick select 1 + n %% 1000, 'at ' || n, to_timestamp(n), 1, 1, 1, n from generate_series(1, 50000) n;
                insert into quorate.history (kind, brid, masterid, epoch, attempt, actor)
                select 'complete', n, 1, 1, gen_random_uuid(), 'x' from generate_series(1, %1$d) n;
                insert into quorate.event (masterid, events) select 1 + n %% 10, '[]' from generate_series(1, 100000) n;
                analyze
                """.formatted(complete, ended));
        return database;
    }

    @AfterAll
    static void drop() throws Exception {
        Server.drop(busy);
        Server.drop(quiet);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "claims/take",
                "claims/take_chosen",
                "claims/candidates",
                "claims/busy",
                "claims/complete",
                "claims/ended",
                "claims/release",
                "claims/held",
                "claims/cancellations",
                "events/read",
                "events/issued",
                "events/newest",
                "claims/pending",
                "buildsets/finish",
                "masters/fence",
                "masters/resume",
                "masters/release_schedulers",
                "schedulers/own",
                "schedulers/term",
                "schedulers/tick",
                "schedulers/disown",
                "schedulers/mirror",
                "schedulers/due",
                "schedulers/list",
                "buildmaster/presence"
            })
    void each_frequent_statement_finds_its_rows_by_an_index(String name) throws Exception {
        assertNone(WALK, busy, name);
    }

    /** It touches all that is open: where that is a good part of everything, a walk can be the better plan. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "claims/restore",
                "masters/cancel_claims",
                "masters/release_claims",
                "buildsets/finish_stragglers",
                "cli/masters"
            })
    void what_touches_all_that_is_open_does_not_walk_over_what_was_completed_long_ago(String name) throws Exception {
        assertNone(WALK_OVER_THE_PAST, quiet, name);
    }

    private static void assertNone(Pattern walk, DataSource database, String name) throws SQLException {
        for (String mode : List.of("force_custom_plan", "force_generic_plan")) {
            String plan = plan(database, name, mode);

            assertThat(walk.matcher(plan).results().map(match -> match.group()).toList())
                    .as("%s with %s:%n%s", name, mode, plan)
                    .isEmpty();
        }
    }

    private static String plan(DataSource database, String name, String mode) throws SQLException {
        NamedParameters read =
                NamedParameters.dollars(Statements.named(name).replace(":incarnation", "gen_random_uuid()"));
        String arguments = read.names().stream().map(PlansTest::value).collect(Collectors.joining(", "));
        List<String> plan = new ArrayList<>();
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("set plan_cache_mode = " + mode);
            statement.execute("prepare x as " + read.sql());
            try (var rows =
                    statement.executeQuery("explain execute x" + (arguments.isEmpty() ? "" : "(" + arguments + ")"))) {
                while (rows.next()) {
                    plan.add(rows.getString(1));
                }
            }
        }
        return String.join("\n", plan);
    }

    private static String value(String parameter) {
        String value = VALUES.get(parameter);
        assertThat(value).as("a value for :%s", parameter).isNotNull();
        return value;
    }
}
