package org.quorate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quorate.cli.output.Exit;
import org.quorate.testing.PostgresFixture;

/** Commands that change something: their effect, their history, and that a dry run changes nothing. */
class ChangesTest {
    private static final String TRACES =
            "select kind, coalesce(brid::text, '-'), actor, coalesce(why, '-') from quorate.history order by seq";

    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perTest();

    @TempDir
    Path home;

    @BeforeEach
    void populate() {
        Operator.populate(POSTGRES);
        Operator.execute(
                POSTGRES,
                "select quorate_v1.submit('linux-gcc')",
                "set session_replication_role = replica; delete from quorate.history");
    }

    private Operator.Said types(String... arguments) {
        return Operator.of(POSTGRES, home).types(arguments);
    }

    @Test
    void submit_queues_all_of_it_with_properties_that_stay_text() {
        Operator.Said said = types(
                "submit",
                "linux-gcc",
                "linux-clang",
                "-p",
                "branch=a=b",
                "-p",
                "odd=\"'\\",
                "--count",
                "2",
                "--priority",
                "4",
                "--why",
                "a test");

        assertThat(said.exit()).as(said.err()).isZero();
        assertThat(said.lines().get(0)).isEqualTo("plan: queue 2 buildrequests of linux-gcc with priority 4");
        assertThat(Operator.rows(
                        POSTGRES,
                        "select builder, state, priority, reason from quorate_v1.requests where id > 1 order by id"))
                .containsExactly(
                        "linux-gcc pending 4 a test",
                        "linux-gcc pending 4 a test",
                        "linux-clang pending 4 a test",
                        "linux-clang pending 4 a test");
        assertThat(Operator.rows(
                        POSTGRES,
                        "select property_name, property_value from buildset_properties where buildsetid = 2"
                                + " order by 1"))
                .containsExactly("branch [\"a=b\", \"quorate\"]", "odd [\"\\\"'\\\\\", \"quorate\"]");
        assertThat(Operator.rows(POSTGRES, TRACES))
                .containsExactly("submit 2 ana 2 buildrequests: a test", "submit 4 ana 2 buildrequests: a test");
    }

    @Test
    void cancel_completes_a_pending_request_and_asks_the_holder_of_a_claimed_one() {
        Operator.execute(
                POSTGRES,
                "select quorate_v1.submit('linux-gcc')",
                "set session_replication_role = replica; delete from quorate.history");
        Operator.claim(POSTGRES, 2);

        Operator.Said said = types("cancel", "2", "1", "--why", "not needed");

        assertThat(said.exit()).as(said.err()).isZero();
        assertThat(said.out())
                .contains("plan: ask m1 to cancel 2 of linux-gcc")
                .contains("1     cancelled")
                .contains("2     asked");
        assertThat(Operator.rows(
                        POSTGRES, "select id, state, results, cancelling from quorate_v1.requests order by id"))
                .containsExactly("1 complete cancelled f", "2 claimed null t");
        assertThat(Operator.rows(POSTGRES, TRACES))
                .containsExactly("cancel 1 ana not needed", "cancel 2 ana not needed");
        assertThat(types("cancel", "1").exit()).isEqualTo(Exit.USAGE);
    }

    @Test
    void reprioritize_moves_a_request_in_the_queue() {
        assertThat(types("reprioritize", "1", "-3").exit()).isZero();

        assertThat(Operator.rows(POSTGRES, "select priority from buildrequests"))
                .containsExactly("-3");
        assertThat(Operator.rows(POSTGRES, TRACES)).containsExactly("reprioritize 1 ana 0 to -3");
    }

    @Test
    void a_drain_lasts_until_undrain_and_a_second_drain_changes_nothing() {
        assertThat(types("drain", "m1", "--why", "kernel", "--yes").out()).contains("m1    drained");
        assertThat(types("drain", "m1").out()).contains("m1    unchanged");
        assertThat(types("masters").out()).contains("draining");
        assertThat(types("explain", "1").out()).contains("WILL NOT START NOW", "would start if: undrain m1");
        assertThat(types("undrain", "m1").out()).contains("m1    undrained");

        assertThat(Operator.rows(POSTGRES, TRACES)).containsExactly("drain - ana kernel", "undrain - ana -");
    }

    @Test
    void drain_of_a_master_without_the_plugin_warns_that_it_cannot_be_reverted() throws Exception {
        Operator.execute(POSTGRES, "update quorate.master set stock = true where name = 'm1'");
        Operator.claim(POSTGRES, 1);
        String warning = "without the plugin: its buildmaster shuts down when its builds have ended, which cannot be"
                + " reverted; undrain starts it again";

        Operator.Said planned = types("drain", "m1", "m2", "--dry-run");
        Operator.Said done = types("drain", "m1", "m2", "--yes", "-o", "json");

        assertThat(planned.lines())
                .contains("plan: drain m1, which is active and holds 1 claims; " + warning)
                .contains("plan: drain m2, which is active and holds 0 claims");
        assertThat(done.err()).contains(warning);
        JsonNode items = new ObjectMapper().readTree(done.out()).path("items");
        assertThat(items.path(0).path("outcome").asText()).isEqualTo("drains");
        assertThat(items.path(1).path("outcome").asText()).isEqualTo("drained");
        assertThat(items.path(0).path("note").asText()).isEqualTo("still draining: 1 claims left; " + warning);
        assertThat(items.path(1).path("note").asText()).isEqualTo("0 claims left");
    }

    @Test
    void restart_of_a_drained_master_without_the_plugin_does_not_wait_for_what_only_undrain_starts() {
        Operator.execute(
                POSTGRES,
                "update quorate.master set stock = true, draining = true where name = 'm1'",
                // stands in for its agent, which begins the new epoch
                "create function begin_anew() returns trigger language plpgsql as"
                        + " 'begin new.epoch := new.epoch + 1; return new; end'",
                "create trigger begin_anew before update of restart_epoch on quorate.master"
                        + " for each row execute function begin_anew()",
                "delete from builder_masters");

        Operator.Said said = types("restart", "m1", "--timeout", "2s");

        assertThat(said.exit()).as(said.err()).isZero();
        assertThat(said.out())
                .contains("; it is drained and without the plugin: undrain starts it")
                .contains("m1: its buildmaster ended, and stays down until undrain");
        assertThat(Operator.rows(POSTGRES, "select epoch, draining from quorate.master where name = 'm1'"))
                .containsExactly("8 t");
    }

    @Test
    void a_rolling_restart_stops_at_a_buildmaster_that_does_not_start_and_all_show_why() {
        Operator.execute(
                POSTGRES,
                // stands in for the agent, which begins the new epoch and whose buildmaster ends at once
                "create function begin_anew() returns trigger language plpgsql as"
                        + " $$begin new.epoch := new.epoch + 1; new.trouble := 'its buildmaster failed to start: exit"
                        + " code 0, \"No module named x\"; see /bb/twistd.log'; return new; end$$",
                "create trigger begin_anew before update of restart_epoch on quorate.master"
                        + " for each row execute function begin_anew()",
                "delete from builder_masters where masterid = (select masterid from quorate.master where name = 'm1')");

        Operator.Said said = types("restart", "--rolling", "--timeout", "20s");

        String why = "m1: its buildmaster failed to start: exit code 0, \"No module named x\"; see /bb/twistd.log";
        assertThat(said.exit()).as(said.err()).isEqualTo(Exit.ERROR);
        assertThat(said.err()).contains(why, "not touched: m2");
        assertThat(types("status").out()).contains(why);
        assertThat(types("masters").err()).contains(why);
        assertThat(types("doctor", "--timeout", "1s").out())
                .containsPattern("buildmasters +FAIL +" + java.util.regex.Pattern.quote(why));
        Operator.execute(POSTGRES, "delete from builder_masters");
        assertThat(types("explain", "1").out()).contains("no living master offers linux-gcc; " + why);
    }

    @Test
    void doctor_shows_the_clock_of_each_living_masters_machine_and_faults_one_that_is_a_minute_off() {
        String set = "update quorate.master set clock_error_ms = 3, clock_ahead_ms = ";
        Operator.execute(POSTGRES, set + "4 where name = 'm1'", set + "99999999 where name = 'm3'");
        assertThat(types("doctor", "--timeout", "1s").out())
                .as("m2 has not measured it, m3 is dead")
                .contains("m1 +0.004 s (to within 0.003 s) from the database's")
                .containsPattern("clocks +ok")
                .doesNotContain("m3 +");

        Operator.execute(POSTGRES, set + "-1200 where name = 'm2'");
        assertThat(types("doctor", "--timeout", "1s").out()).containsPattern("clocks +WARN +m2 -1.200 s .*, m1 ");

        Operator.execute(POSTGRES, set + "71200 where name = 'm1'");
        assertThat(types("doctor", "--timeout", "1s").out())
                .containsPattern("clocks +FAIL +m1 [+]71.200 s .*, m2 ")
                .contains("fix: set that machine's clock");
    }

    @Test
    void a_cluster_whose_masters_are_all_drained_or_all_stopped_is_halted_and_a_script_sees_it() {
        assertThat(types("drain", "m1", "m2", "--yes").exit()).isZero();
        Operator.Said drained = types("status");
        Operator.execute(POSTGRES, "update quorate.master set state = 'dead', draining = false");
        Operator.Said stopped = types("status");
        Operator.Said examined = types("doctor", "--timeout", "1s");

        assertThat(drained.lines().get(0))
                .isEqualTo("test  mode HALTED: no build is started and no scheduler runs: every living master is"
                        + " drained or held (m1, m2)");
        assertThat(stopped.lines().get(0))
                .isEqualTo("test  mode HALTED: no build is started and no scheduler runs: no master is alive");
        assertThat(List.of(drained.exit(), stopped.exit())).containsOnly(Exit.IMPAIRED);
        assertThat(examined.out()).containsPattern("masters +FAIL +no build is started and no scheduler runs");
        assertThat(examined.exit()).isEqualTo(Exit.ERROR);
    }

    @Test
    void doctor_names_claims_whose_builder_no_longer_is_on_their_living_master() {
        Operator.claim(POSTGRES, 1);
        assertThat(types("doctor", "--timeout", "1s").out()).containsPattern("claims of removed builders +ok +none");

        Operator.execute(POSTGRES, "update builder_masters set builderid = 2 where masterid = 1");

        assertThat(types("doctor", "--timeout", "1s").out())
                .containsPattern("claims of removed builders +WARN +1, first 1 of builder linux-gcc, held by m1");
    }

    @Test
    void drain_of_the_last_master_that_offers_a_builder_names_it_and_needs_yes() {
        Operator.execute(POSTGRES, "insert into builder_masters (builderid, masterid) values (2, 1), (2, 2)");

        Operator.Said refused = types("drain", "m1");
        Operator.Said planned = types("drain", "m1", "--dry-run");

        assertThat(refused.exit()).isEqualTo(Exit.REFUSED);
        assertThat(refused.err())
                .contains("nothing was changed: no other open master offers linux-gcc (1 pending), whose requests would"
                        + " wait until undrain");
        assertThat(planned.out()).contains("plan: then no open master offers linux-gcc (1 pending)");
        assertThat(planned.exit()).isZero();
        assertThat(types("drain", "m2").exit()).as("m1 offers all that m2 does").isZero();
        assertThat(types("drain", "m1").err()).contains("linux-clang", "linux-gcc (1 pending)");
        assertThat(Operator.rows(POSTGRES, TRACES)).containsExactly("drain - ana -");
    }

    @Test
    void submit_to_a_builder_that_no_open_master_offers_warns_and_queues() {
        Operator.Said offered = types("submit", "linux-gcc");
        Operator.Said nobody = types("submit", "linux-clang");

        assertThat(offered.err()).doesNotContain("no open master");
        assertThat(nobody.err()).contains("no open master offers linux-clang now: what is queued waits until one does");
        assertThat(nobody.exit()).isZero();
        assertThat(nobody.out()).contains("queued");
        assertThat(types("submit", "linux-clan").exit()).isEqualTo(Exit.USAGE);
    }

    @Test
    void a_master_that_stopped_in_order_is_left_and_one_that_was_fenced_is_dead() {
        Operator.execute(
                POSTGRES, "update quorate.master set state = 'dead', changed_by = 'master:m2' where name = 'm2'");

        assertThat(types("masters").lines())
                .anySatisfy(line -> assertThat(line).matches("m2 +8 +left .*"))
                .anySatisfy(line -> assertThat(line).matches("m3 +9 +dead .*"));
    }

    @Test
    void drain_with_wait_returns_when_nothing_is_held_and_with_five_when_it_lasts_too_long() {
        assertThat(types("drain", "m2", "--wait").exit()).isZero();
        Operator.claim(POSTGRES, 1);

        Operator.Said said = types("drain", "m1", "--yes", "--wait", "--timeout", "1ms");

        assertThat(said.exit()).isEqualTo(Exit.TIMED_OUT);
        assertThat(said.err()).contains("the change stays");
    }

    @Test
    void move_sets_the_preferred_master_and_refuses_one_that_cannot_own() {
        assertThat(types("move", "nightly", "--to", "m2", "--why", "closer").exit())
                .isZero();
        assertThat(types("move", "nightly", "--to", "m1", "--wait").out()).contains("nightly is owned by m1 in term 3");

        Operator.Said dead = types("move", "nightly", "--to", "m3");

        assertThat(dead.exit()).isEqualTo(Exit.REFUSED);
        assertThat(dead.err()).isEqualTo("quorate: master m3 is dead; start its agent first\n");
        assertThat(Operator.rows(POSTGRES, TRACES)).containsExactly("move - ana closer", "move - ana -");
    }

    @Test
    void a_scheduler_is_disabled_and_enabled() {
        assertThat(types("disable", "nightly").out()).contains("disabled");
        assertThat(types("enable", "nightly").out()).contains("enabled");

        assertThat(Operator.rows(POSTGRES, TRACES)).containsExactly("disable - ana -", "enable - ana -");
    }

    @Test
    void a_change_source_is_listed_and_moved_by_its_prefixed_name_but_not_disabled() {
        Operator.execute(POSTGRES, "insert into changesources (name, name_hash) values ('git', 'g')");

        assertThat(types("schedulers").out()).contains("changesource:git");
        assertThat(types("move", "changesource:git", "--to", "m2").exit()).isZero();
        Operator.Said disabled = types("disable", "changesource:git");

        assertThat(disabled.exit()).isEqualTo(Exit.REFUSED);
        assertThat(disabled.err()).contains("changesource:git is a change source, which Buildbot cannot disable");
        assertThat(Operator.rows(
                        POSTGRES,
                        "select scheduler, preferred from quorate_v1.history join quorate_v1.schedulers on"
                                + " name = scheduler"))
                .containsExactly("changesource:git m2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "submit linux-gcc",
                "cancel 1",
                "reprioritize 1 9",
                "drain m1",
                "move nightly --to m2",
                "move nightly m2",
                "disable nightly"
            })
    void a_dry_run_prints_the_outcome_and_changes_nothing(String command) throws Exception {
        String[] words = (command + " --dry-run -o json").split(" ");

        Operator.Said said = types(words);

        assertThat(said.exit()).as(said.err()).isZero();
        assertThat(said.err()).startsWith("plan: ");
        JsonNode json = new ObjectMapper().readTree(said.out());
        assertThat(json.path("dryRun").asBoolean()).isTrue();
        assertThat(json.path("items")).isNotEmpty();
        assertThat(Operator.rows(POSTGRES, TRACES)).isEmpty();
        assertThat(Operator.rows(POSTGRES, "select id, complete, priority from buildrequests"))
                .containsExactly("1 0 0");
        assertThat(Operator.rows(POSTGRES, "select 1 from quorate.master where draining"))
                .isEmpty();
        assertThat(Operator.rows(POSTGRES, "select nextval(pg_get_serial_sequence('buildrequests', 'id'))"))
                .as("no id is used up")
                .containsExactly("2");
    }

    @Test
    void submit_with_wait_ends_with_the_builds() {
        Thread completer = new Thread(() -> {
            Awaitility.await()
                    .until(() -> !Operator.rows(POSTGRES, "select 1 from buildrequests where id = 2")
                            .isEmpty());
            Operator.execute(POSTGRES, "select quorate_v1.cancel(2)");
        });
        completer.start();

        Operator.Said said = types("submit", "linux-gcc", "--wait", "--timeout", "30s");

        assertThat(said.exit()).isEqualTo(Exit.ERROR);
        assertThat(said.out()).contains("complete  cancelled");
    }
}
