package org.quorate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.quorate.cli.frame.HistoryKinds;
import org.quorate.cli.output.Exit;
import org.quorate.testing.PostgresFixture;

/** Commands that only read, on one populated database. */
class LooksTest {
    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perClass();

    @TempDir
    static Path home;

    @BeforeAll
    static void populate() {
        Operator.populate(POSTGRES);
        Operator.execute(
                POSTGRES,
                "select quorate_v1.submit('linux-gcc', '{\"branch\": \"main\"}', 5, 'a push')",
                "select quorate_v1.submit('linux-gcc', '{}', 0, 'an odd reason\nwith \u001b[31m')",
                "select quorate_v1.submit('linux-clang')");
        Operator.claim(POSTGRES, 1);
        Operator.execute(
                POSTGRES,
                "insert into builder_masters (builderid, masterid) values (1, 2)",
                "insert into workers (name, info, paused, graceful) values"
                        + " ('w1', '{}', 0, 0), ('w2', '{}', 1, 0), ('w3', '{}', 0, 1), ('old', '{}', 0, 0)",
                "insert into configured_workers (buildermasterid, workerid) values (1, 1), (2, 1), (1, 2)",
                "insert into connected_workers (masterid, workerid) values (1, 1), (2, 1), (3, 3)",
                "insert into builds (number, builderid, buildrequestid, workerid, masterid, started_at, complete_at,"
                        + " state_string)"
                        + " values (1, 1, 1, 1, 1, 0, null, ''), (2, 1, 1, 1, 1, 0, 7, '')");
    }

    private static Operator.Said types(String... arguments) {
        return Operator.of(POSTGRES, home).types(arguments);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            masters    | MASTER EPOCH STATE ALIVE CLAIMS CAP SCHEDULERS BUILDERS SINCE                | MasterList
            m          | MASTER EPOCH STATE ALIVE CLAIMS CAP SCHEDULERS BUILDERS SINCE                | MasterList
            schedulers | SCHEDULER OWNER TERM SINCE ENABLED PREFERRED LAST-TICK                       | SchedulerList
            builders   | BUILDER PENDING RUNNING OLDEST MASTERS                                       | BuilderList
            workers    | WORKER MASTERS PAUSED RUNNING BUILDERS                                       | WorkerList
            requests   | ID BUILDER STATE RESULT OWNER PRIO AGE CLAIMED COMPLETE REASON               | RequestList
            history    | TIME WHAT REQUEST SCHEDULER MASTER EPOCH TERM RESULT ACTOR WHY               | HistoryList
            failovers  | WHEN MASTER EPOCH BY DETECT RELEASE RECLAIM CLAIMS RECLAIMED WHY             | FailoverList
            contract   | OBJECT                                                                       | ContractList
            """)
    void a_list_is_a_table_for_people_and_one_document_for_programs(String command, String head, String kind)
            throws Exception {
        Operator.Said table = types(command);
        Operator.Said json = types(command, "-o", "json");

        assertThat(table.exit()).as(table.err()).isZero();
        assertThat(squeezed(table.lines().get(0))).startsWith(squeezed(head));
        JsonNode document = new ObjectMapper().readTree(json.out());
        assertThat(document.path("apiVersion").asText()).isEqualTo("quorate/v1");
        assertThat(document.path("kind").asText()).isEqualTo(kind);
        assertThat(document.path("items")).hasSize(table.lines().size() - 1);
        assertThat(types(command, "-o", "wide").exit()).isZero();
    }

    private static String squeezed(String text) {
        return text.strip().replaceAll(" +", " ");
    }

    @Test
    void masters_say_what_each_holds_and_that_the_dead_hold_nothing() {
        Operator.Said said = types("masters");

        assertThat(said.lines()).anySatisfy(line -> assertThat(squeezed(line)).startsWith("m1 7 active - 1 - 1 1"));
        assertThat(said.lines()).anySatisfy(line -> assertThat(squeezed(line)).startsWith("m3 9 dead - 0 - 0 0"));
    }

    @Test
    void masters_show_what_a_buildmaster_claimed_by_itself_and_whether_it_has_the_plugin() throws Exception {
        Operator.execute(
                POSTGRES,
                "update quorate.master set stock = true where name = 'm2'",
                // as its buildmaster does, whose sessions have the guard
                "set quorate.masterid = 2; set quorate.epoch = 8; insert into buildrequest_claims (brid, masterid,"
                        + " claimed_at) values (3, 2, 0)");
        JsonNode items = new ObjectMapper()
                .readTree(types("masters", "-o", "json").out())
                .path("items");
        JsonNode status =
                new ObjectMapper().readTree(types("status", "-o", "json").out()).path("masters");
        Operator.execute(
                POSTGRES,
                "set quorate.masterid = 2; set quorate.epoch = 8; delete from buildrequest_claims where brid = 3");

        assertThat(items.path(1).path("claims").asInt()).isEqualTo(1);
        assertThat(items.path(1).path("plugin").asBoolean(true)).isFalse();
        assertThat(items.path(0).path("plugin").asBoolean()).isTrue();
        assertThat(status.path(1).path("claims").asInt()).isEqualTo(1);
    }

    @Test
    void a_scheduler_of_an_epoch_that_ended_has_no_owner() {
        assertThat(types("schedulers").lines())
                .anySatisfy(line -> assertThat(squeezed(line)).startsWith("nightly m1 3"));
        assertThat(types("schedulers", "--orphaned").lines())
                .hasSize(2)
                .anySatisfy(line -> assertThat(squeezed(line)).startsWith("hourly - 0"));
        assertThat(types("schedulers", "--owner", "m2").lines()).hasSize(1);
    }

    @Test
    void workers_say_which_living_masters_they_are_attached_to_and_what_they_build() throws Exception {
        JsonNode items = new ObjectMapper()
                .readTree(types("workers", "-o", "json").out())
                .path("items");

        assertThat(types("workers").lines().stream().map(LooksTest::squeezed))
                .containsExactly(
                        "WORKER MASTERS PAUSED RUNNING BUILDERS",
                        "w1 m1,m2 no 1 linux-gcc",
                        "w2 - yes 0 linux-gcc",
                        "w3 - no 0 -");
        assertThat(types("workers", "--all").lines()).hasSize(5);
        assertThat(items.path(0).path("masters")).hasToString("[\"m1\",\"m2\"]");
        assertThat(items.path(2).path("graceful").asBoolean()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "--state,pending,2",
        "--state,claimed,1",
        "--state,complete,0",
        "--builder,linux-gcc,2",
        "--owner,m1,1",
        "--limit,2,2"
    })
    void each_option_of_requests_filters_the_list(String option, String value, int rows) {
        assertThat(types("requests", option, value).lines()).hasSize(rows + 1);
    }

    @Test
    void no_stored_text_can_steer_the_terminal_or_break_a_line() {
        assertThat(types("requests").out())
                .contains("an odd reason\\nwith \\u001b[31m")
                .doesNotContain("\u001b");
    }

    @Test
    void a_request_is_shown_with_its_properties_and_its_history() throws Exception {
        Operator.Said card = types("request", "show", "1");
        JsonNode json = new ObjectMapper()
                .readTree(types("request", "show", "1", "-o", "json").out());

        assertThat(card.out()).contains("linux-gcc", "claimed", "a push", "{\"branch\": \"main\"}", "submit");
        assertThat(json.path("properties").path("branch").asText()).isEqualTo("main");
        assertThat(json.path("history")).hasSize(1);
        assertThat(json.path("submitted_at").asText()).endsWith("Z");
    }

    @Test
    void explain_shows_who_builds_a_request_its_place_in_the_queue_and_what_would_make_it_start() throws Exception {
        assertThat(types("explain", "1").out()).contains("IS BEING BUILT", "claimed by m1 in epoch 7");
        assertThat(types("explain", "2").out()).contains("WAITS FOR A FREE WORKER", "1 of 1 pending of linux-gcc");
        assertThat(types("explain", "3").out())
                .contains(
                        "WILL NOT START NOW",
                        "no living master offers linux-clang",
                        "would start if: start a master that offers linux-clang");
        JsonNode json =
                new ObjectMapper().readTree(types("explain", "3", "-o", "json").out());
        assertThat(json.path("verdict").asText()).isEqualTo("WILL NOT START NOW");
    }

    @Test
    void quorate_without_a_command_is_a_status_whose_first_line_says_what_the_cluster_cannot_do() throws Exception {
        Operator.Said bare = types();
        JsonNode json =
                new ObjectMapper().readTree(types("status", "-o", "json").out());

        assertThat(bare.exit()).as(bare.err()).isEqualTo(Exit.IMPAIRED);
        assertThat(bare.lines().get(0))
                .isEqualTo("test  mode IMPAIRED: builder linux-clang has 1 request pending and no master offers it");
        assertThat(bare.out())
                .contains("also: no dead master is failed over: no master is the housekeeper")
                .contains("also: 1 scheduler does not run, without owner: hourly")
                .contains("leader none  schema ")
                .contains("requests  pending 2")
                .contains("running 1    schedulers 1 owned, 1 without owner");
        assertThat(json.path("mode").asText()).isEqualTo("IMPAIRED");
        assertThat(json.path("cannot").path(0).path("subject").asText()).isEqualTo("builders");
        assertThat(json.path("cannot").path(0).path("mend").asText()).contains("start a master that has linux-clang");
        assertThat(json.path("masters")).hasSize(3);
        assertThat(json.path("totals").path("pending").asInt()).isEqualTo(2);
    }

    @Test
    void watch_repeats_the_output_until_it_is_interrupted() {
        AtomicInteger looks = new AtomicInteger();

        Operator.Said said = Operator.of(POSTGRES, home)
                .pausing(length -> looks.incrementAndGet() < 3)
                .types("builders", "--watch=1s");

        assertThat(said.lines().stream().filter(line -> line.startsWith("BUILDER")))
                .hasSize(3);
    }

    @Test
    void follow_prints_each_event_once_though_it_reads_the_last_seconds_again() {
        AtomicInteger looks = new AtomicInteger();

        Operator.Said said = Operator.of(POSTGRES, home)
                .pausing(length -> {
                    if (looks.incrementAndGet() == 2) {
                        Operator.execute(POSTGRES, "select quorate_v1.enable('hourly', false, 'seen once')");
                    }
                    return looks.get() < 5;
                })
                .types("history", "--follow");

        assertThat(said.lines().stream().filter(line -> line.contains("seen once")))
                .hasSize(1);
        Operator.execute(POSTGRES, "select quorate_v1.enable('hourly', true)");
    }

    @Test
    void the_history_shows_several_kinds_at_once() {
        assertThat(types("history", "--kind", "register,submit").out()).contains(" submit ");
        assertThat(types("history", "--kind", "register,claim").out()).doesNotContain(" submit ");
    }

    @Test
    void the_kinds_are_those_that_the_table_admits() {
        List<String> admitted = Operator.rows(
                POSTGRES,
                "select m[1] from pg_constraint c,"
                        + " regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''', 'g') m"
                        + " where c.conrelid = 'quorate.history'::regclass and c.conname = 'history_kind_check'");

        assertThat(HistoryKinds.ALL).containsExactlyInAnyOrderElementsOf(admitted);
        assertThat(String.join(" ", types("history", "--help").out().split("\\s+")))
                .contains(String.join(", ", HistoryKinds.ALL));
    }

    @Test
    void a_history_that_is_cut_is_marked_as_cut() throws Exception {
        Operator.Said cut = types("history", "--limit", "1", "-o", "json");

        assertThat(new ObjectMapper().readTree(cut.out()).path("items")).hasSize(1);
        assertThat(cut.err()).contains("only the newest 1 are shown");
        assertThat(types("history").err()).isEmpty();
    }

    @Test
    void the_form_of_the_output_may_be_written_before_the_command() throws Exception {
        assertThat(new ObjectMapper()
                        .readTree(types("-o", "json", "masters").out())
                        .path("kind")
                        .asText())
                .isEqualTo("MasterList");
        assertThat(types("-o", "json", "masters", "-o", "table").out()).startsWith("MASTER");
    }

    @Test
    void verify_finds_what_the_history_cannot_explain_and_exits_with_seven() throws Exception {
        Operator.Said said = types("verify");

        assertThat(said.exit()).isEqualTo(Exit.VIOLATION);
        assertThat(said.out()).contains("VIOLATED").contains("buildrequest");
        assertThat(new ObjectMapper()
                        .readTree(types("verify", "-o", "json").out())
                        .path("verified")
                        .asBoolean())
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"status", "masters", "submit", "request show", "schema create", "verify", "doctor"})
    void help_lists_every_exit_code(String command) {
        String[] words = (command + " --help").split(" ");

        Operator.Said said = Operator.at(home).types(words);

        assertThat(said.exit()).isZero();
        assertThat(said.out()).contains("Exit codes:");
        Exit.list()
                .values()
                .forEach(meaning ->
                        assertThat(squeezed(said.out().replace("\n", " "))).contains(meaning));
    }

    @Test
    void completion_knows_every_command() {
        assertThat(Operator.at(home).types("completion").out()).contains("explain", "reprioritize", "failovers");
    }
}
