package org.quorate.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Masters die, freeze and lose their stores while they work. Afterwards I1 to I9 hold, and nothing is lost or doubled.
 */
class FaultsIT {
    private static final Buildmaster WORK = Buildmaster.of(4, Map.of("quick", "sleep 0.2", "slow", "sleep 3"))
            .with(Map.of(
                    "beat", "kind: periodic, every: 2s, builders: [quick]",
                    "echo", "kind: dependent, upstream: beat, builders: [quick]"));

    private Site site;

    @AfterEach
    void close() {
        site.close();
    }

    @Test
    void a_killed_machine_is_failed_over_and_joins_again_cleanly() {
        site = Site.open();
        site.startAll(WORK, "m1", "m2", "m3");
        int submitted = site.submit("slow", 20);
        site.awaitHolding("m1");

        site.of("m1").killAll();

        site.awaitTrue("select exists (select 1 from quorate.history h join quorate.master m using (masterid)"
                + " where m.name = 'm1' and h.kind = 'fence')");
        assertThat(site.number("select count(*) from quorate.history h join quorate.master m using (masterid)"
                        + " where m.name = 'm1' and h.kind = 'release'"))
                .isPositive();

        site.of("m1").start();

        site.awaitAttached("m1");
        int more = site.submit("slow", 12);
        site.awaitTrue("select exists (select 1 from quorate.history h join quorate.master m using (masterid)"
                + " where m.name = 'm1' and h.kind = 'claim' and h.epoch = m.epoch)");
        site.assertWhole(submitted + more);
    }

    @Test
    void a_buildmaster_that_dies_under_a_living_agent_is_failed_over_by_that_agent_at_once() {
        site = Site.patient();
        site.startAll(WORK, "m1", "m2");
        int submitted = site.submit("slow", 16);
        site.awaitHolding("m1");
        String epoch = site.query("select epoch from quorate.master where name = 'm1'");

        site.of("m1").killBuildmaster();

        site.awaitTrue("select epoch > " + epoch + " from quorate.master where name = 'm1'");
        assertThat(site.query("select exists (select 1 from quorate.history where kind = 'fence')"))
                .as("no failover waited for the end of a session")
                .isEqualTo("f");
        assertThat(site.of("m1").agent().isAlive()).isTrue();
        site.assertWhole(submitted);
    }

    @Test
    void an_agent_that_is_killed_and_restarted_in_time_keeps_its_claims_and_its_running_builds() {
        site = Site.patient();
        site.startAll(Buildmaster.of(4, Map.of("slow", "sleep 6")), "m1");
        int submitted = site.submit("slow", 4);
        site.awaitTrue("select count(*) = 4 from quorate.claim");
        String epoch = site.query("select epoch from quorate.master where name = 'm1'");

        site.of("m1").killAgent();
        site.of("m1").start();

        site.awaitTrue("select exists (select 1 from quorate.history where kind = 'resume')");
        site.awaitAllComplete();
        assertThat(site.query("select epoch from quorate.master where name = 'm1'"))
                .isEqualTo(epoch);
        assertThat(site.query("select count(*) from quorate.history where kind = 'release'"))
                .isEqualTo("0");
        assertThat(site.finishedBuilds())
                .hasSize(submitted)
                .allSatisfy((brid, times) -> assertThat(times).isOne());
        assertThat(site.violations()).isEmpty();
    }

    @Test
    void a_buildmaster_whose_agent_stays_away_stops_itself_and_is_failed_over() {
        site = Site.open();
        site.startAll(WORK, "m1", "m2");
        int submitted = site.submit("slow", 16);
        site.awaitHolding("m1");

        site.of("m1").killAgent();

        site.awaitTrue("select state = 'dead' from quorate.master where name = 'm1'");
        Patience.until(() -> site.of("m1").isGone());
        site.assertWhole(submitted);
    }

    @Test
    void agents_outlive_a_crash_of_postgresql_in_the_middle_of_the_work() {
        site = Site.patient();
        site.startAll(WORK, "m1", "m2");
        int submitted = site.submit("quick", 120);
        site.awaitTrue("select count(*) > 20 from buildrequests where complete = 1");
        long first = site.of("m1").agent().pid();

        site.postgres().kill();
        site.postgres().restart();

        site.assertWhole(submitted);
        assertThat(site.of("m1").agent().pid()).isEqualTo(first);
        assertThat(site.of("m1").agent().isAlive()).isTrue();
        assertThat(site.of("m2").agent().isAlive()).isTrue();
    }

    @Test
    void agents_outlive_a_restart_of_zookeeper_and_claim_while_it_is_away() {
        site = Site.patient();
        site.startAll(WORK, "m1", "m2");
        int submitted = site.submit("quick", 60);

        site.stopZooKeeper();
        int more = site.submit("quick", 40);
        site.awaitTrue("select count(*) >= 100 from buildrequests where complete = 1");
        site.startZooKeeper();

        site.awaitTrue("select count(*) = 2 from quorate.master where state = 'active'");
        assertThat(site.query("select count(*) from quorate.history where kind = 'fence'"))
                .isEqualTo("0");
        site.assertWhole(submitted + more);
    }
}
