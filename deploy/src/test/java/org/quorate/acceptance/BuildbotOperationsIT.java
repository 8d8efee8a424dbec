package org.quorate.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The operations of an administrator on real Buildbot masters, and a large queue under faults. */
@Tag("buildbot")
class BuildbotOperationsIT {
    private Site site;
    private Buildbots buildbots;

    @BeforeEach
    void open() {
        site = Site.withBuildbot();
        buildbots = new Buildbots(site);
    }

    @AfterEach
    void close() {
        site.close();
    }

    private Command.Result quorate(String... words) {
        Command.Result result = Command.quorate(site, words);
        assertThat(result.exit()).as(result.out() + result.err()).isZero();
        return result;
    }

    @Test
    void two_thousand_buildrequests_complete_once_each_through_a_kill_and_a_freeze_and_look_as_in_stock() {
        buildbots.start(4, "m1", "m2", "m3");
        site.submit("quick", 1_400);
        for (int i = 0; i < 40; i++) {
            for (String name : List.of("m1", "m2", "m3")) {
                buildbots.of(name).force("quick", "built", "ticked", "after", "child");
            }
        }
        int all = site.number("select count(*) from buildrequests where not exists (select 1 from quorate.tick t"
                + " where t.buildsetid = buildrequests.buildsetid)");
        assertThat(all).isGreaterThanOrEqualTo(2_000);
        site.awaitTrue("select count(*) > 300 from buildrequests where complete = 1");
        site.of("m1").killAll();
        site.awaitTrue("select state = 'dead' from quorate.master where name = 'm1'");
        site.of("m2").freezeAll();
        site.awaitTrue("select state = 'dead' from quorate.master where name = 'm2'");
        site.of("m2").thawAll();
        site.of("m1").start();

        site.query("select count(*) from (select quorate_v1.enable(name, false) from quorate_v1.schedulers"
                + " where name not like 'changesource:%') d");
        Patience.within(900, () -> site.number("select count(*) from buildrequests where complete = 0") == 0);

        assertThat(site.query("select count(*) from buildrequests where results <> 0"))
                .isEqualTo("0");
        assertThat(site.query("select count(*) from (select brid from quorate.history where kind = 'complete'"
                        + " group by brid having count(*) > 1) d"))
                .isEqualTo("0");
        assertThat(site.query("select count(*) from quorate.history h where kind = 'complete' and not exists ("
                        + "select 1 from builds b where b.buildrequestid = h.brid and b.masterid = h.masterid"
                        + " and b.results = 0 and b.complete_at is not null)"))
                .as("each completion has a build that succeeded")
                .isEqualTo("0");
        assertThat(site.query("select b.buildrequestid, b.id, b.masterid, to_timestamp(b.complete_at) from builds b"
                        + " where b.results = 0 and exists (select 1 from builds l"
                        + " where l.buildrequestid = b.buildrequestid and l.results = 0 and l.id > b.id)"
                        + " and not exists (select 1 from quorate.history h where h.kind = 'release'"
                        + " and h.brid = b.buildrequestid and h.masterid = b.masterid)"))
                .as("one each, except where the claim was lost between the end of the build and its completion")
                .isEmpty();
        assertThat(site.query("select count(*) from builds where complete_at is null or results not in (0, 5)"))
                .as("all other builds ended as RETRY when their master was lost")
                .isEqualTo("0");
        site.awaitTrue("select count(*) = 0 from buildsets where complete = 0 or complete_at is null or results <> 0");
        assertThat(site.query("select count(*) from buildset_properties where property_name like 'quorate%'"))
                .isEqualTo("0");
        assertThat(site.violations()).isEmpty();
    }

    @Test
    void masters_are_restarted_one_after_the_other_and_no_build_is_cancelled() {
        buildbots.start(2, "m1", "m2");
        site.submit("slow", 6);
        site.awaitTrue("select count(*) = 2 from (select distinct masterid from quorate.claim) d");
        String before = site.query("select string_agg(name || epoch, ' ' order by name) from quorate.master");

        quorate("restart", "--rolling", "--deadline", "60s", "--why", "a new plugin");

        assertThat(site.query("select string_agg(name || epoch, ' ' order by name) from quorate.master"))
                .isNotEqualTo(before);
        assertThat(site.query("select count(*) from quorate.master where draining or state <> 'active'"))
                .isEqualTo("0");
        site.awaitTrue("select count(*) = 6 from buildrequests r join builders b on b.id = r.builderid"
                + " where b.name = 'slow' and r.complete = 1 and r.results = 0");
        assertThat(site.query("select count(*) from builds where results = 6")).isEqualTo("0");
        assertThat(site.query("select count(*) from buildrequests where results = 6"))
                .isEqualTo("0");
        assertThat(site.violations()).isEmpty();
    }

    @Test
    void builds_that_still_run_at_the_deadline_of_a_drain_run_again_elsewhere() {
        buildbots.start(1, "m1", "m2");
        int brid = buildbots.of("m1").force("long");
        buildbots.awaitBuilding(brid);
        String drained = buildbots.holderOf(brid);

        quorate("drain", drained, "--wait", "--deadline", "2s", "--why", "a new disk");

        site.awaitTrue("select count(*) = 2 from builds where buildrequestid = " + brid);
        assertThat(buildbots.holderOf(brid)).isNotEqualTo(drained);
        assertThat(site.query("select results from builds where buildrequestid = " + brid + " order by id limit 1"))
                .isEqualTo("5");
        site.awaitTrue("select state = 'active' and draining from quorate.master where name = '" + drained + "'");
        assertThat(site.violations()).isEmpty();
    }

    @Test
    void a_worker_follows_a_failover_through_the_gateway() {
        Map<String, Integer> gateways = buildbots.withGateways(1, "m1", "m2");
        quorate("drain", "m2");
        try (Worker worker = Worker.start(site.directory().resolve("worker"), "roam", gateways.get("m2"))) {
            awaitWorker("m1");
            quorate("undrain", "m2");
            int brid = buildbots.of("m2").force("anywhere");
            buildbots.awaitBuilding(brid);
            assertThat(buildbots.holderOf(brid)).isEqualTo("m1");

            site.of("m1").killAll();

            awaitWorker("m2");
            site.awaitTrue("select count(*) = 2 from builds where buildrequestid = " + brid);
            assertThat(buildbots.holderOf(brid)).isEqualTo("m2");
            assertThat(quorate("workers", "--no-color").out()).containsPattern("roam +m2");
            assertThat(worker.isAlive()).isTrue();
        }
        assertThat(site.violations()).isEmpty();
    }

    private void awaitWorker(String master) {
        site.awaitTrue("select count(*) = 1 from connected_workers c join workers w on w.id = c.workerid"
                + " join masters m on m.id = c.masterid where w.name = 'roam' and m.active = 1 and m.name = '" + master
                + "'");
    }

    @Test
    void buildbots_own_commands_reconfigure_and_end_the_master_and_start_no_second_one() {
        buildbots.start(2, "m1");
        Buildbot m1 = buildbots.of("m1");

        Command.Result reconfig = m1.types("reconfig");
        assertThat(reconfig.out()).as(reconfig.err()).contains("sending SIGHUP to process");
        // the command itself waits for ten seconds only
        Patience.until(() -> m1.log().contains("configuration update complete"));

        int slow = m1.force("slow");
        buildbots.awaitBuilding(slow);
        Command.Result clean = m1.types("stop", "--clean");
        assertThat(clean.exit()).as(clean.out() + clean.err()).isZero();
        assertThat(site.query("select results from buildrequests where id = " + slow))
                .as("it had ended")
                .isEqualTo("0");

        awaitLives(m1, 2);
        int brid = m1.force("long");
        buildbots.awaitBuilding(brid);
        Command.Result restart = m1.types("restart");
        // its second half, if the first one ends in time, meets the agent's buildmaster or is refused by the plugin
        assertThat(restart.out()).as(restart.err()).containsAnyOf("is dead", "never saw process go away");
        awaitLives(m1, 3);
        site.awaitTrue("select count(*) = 2 and min(results) = 5 from builds where buildrequestid = " + brid);
        quorate("cancel", Integer.toString(brid));
        site.awaitTrue("select complete = 1 and results = 6 from buildrequests where id = " + brid);
        assertThat(site.violations()).isEmpty();
    }

    private static void awaitLives(Buildbot master, int lives) {
        Patience.until(() -> master.log().split("BuildMaster is running", -1).length == lives + 1);
    }

    @Test
    void a_master_whose_agent_sends_garbage_or_nothing_or_is_too_new_stays_up_and_builds_nothing() throws Exception {
        buildbots.start(1, "m1");
        Buildbot m1 = buildbots.of("m1");
        site.of("m1").killAgent();

        try (StrangeAgent agent = StrangeAgent.at(site.of("m1").link())) {
            Patience.until(() -> m1.log().contains("the agent sent an invalid message"));
            int brid = m1.force("quick");
            agent.become(StrangeAgent.Manner.SILENCE);
            Patience.until(() -> m1.log().contains("did not answer hello"));
            agent.become(StrangeAgent.Manner.NEWER_PROTOCOL);
            Patience.until(() -> m1.log().contains("protocol 1 is not supported: 8 and 9 are"));
            assertThat(site.query("select count(*) from builds where buildrequestid = " + brid))
                    .isEqualTo("0");
            assertThat(site.of("m1").buildmasterPid().flatMap(ProcessHandle::of))
                    .as("the process of the master is still there")
                    .isPresent();
        }

        site.of("m1").start();
        site.awaitTrue("select count(*) = 0 from buildrequests r join builders b on b.id = r.builderid"
                + " where b.name = 'quick' and r.complete = 0");
        assertThat(m1.log().split("the agent sent an invalid message", -1))
                .as("logged once, however often it connected")
                .hasSize(2);
        assertThat(site.violations()).isEmpty();
    }
}
