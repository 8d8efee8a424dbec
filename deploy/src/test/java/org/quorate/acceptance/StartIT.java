package org.quorate.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.quorate.identity.Pairing;
import org.quorate.zookeeper.CuratorEnsemble;

/**
 * Agents that start too early, twice, or at the wrong place log one clear line, change nothing, and work as soon as
 * they can.
 */
class StartIT {
    private static final Buildmaster WORK = Buildmaster.of(2, Map.of("quick", "true"));

    private Site site;

    @AfterEach
    void close() {
        site.close();
    }

    @Test
    void agents_may_start_before_either_store() {
        site = Site.open();
        site.postgres().stop();
        site.stopZooKeeper();
        site.master("m1", WORK).start();
        awaitLog("m1", "waiting to register");

        site.startZooKeeper();
        site.postgres().restart();

        site.awaitAttached("m1");
        site.submit("quick", 5);
        site.awaitAllComplete();
        assertThat(site.violations()).isEmpty();
    }

    @Test
    void a_second_agent_of_the_same_name_logs_that_and_stays_out() throws IOException {
        site = Site.patient();
        site.startAll(WORK, "m1");
        String epoch = site.query("select epoch from quorate.master");
        Master twin = site.master("twin", WORK);
        Files.writeString(
                twin.configuration(), Files.readString(twin.configuration()).replace("master: \"twin\"", "master: m1"));

        twin.start();

        awaitLog("twin", "staying out: another agent is master m1");
        assertThat(site.query("select epoch from quorate.master")).isEqualTo(epoch);
        assertThat(site.query("select count(*) from quorate.master")).isEqualTo("1");
        assertThat(twin.agent().isAlive()).isTrue();

        Command.Result third = Command.run(List.of(
                Command.program("quorate-agent"),
                "--config",
                site.of("m1").configuration().toString()));

        assertThat(third.exit()).isEqualTo(1);
        assertThat(third.err().lines())
                .as(third.err())
                .hasSize(1)
                .first()
                .asString()
                .contains("another agent uses the state directory");
        assertThat(site.query("select epoch from quorate.master")).isEqualTo(epoch);
    }

    @Test
    void an_agent_stays_out_of_a_foreign_cluster() throws IOException {
        site = Site.patient();
        Master stranger = site.master("m1", WORK);
        Files.writeString(
                stranger.configuration(),
                Files.readString(stranger.configuration()).replace("cluster: " + Site.CLUSTER, "cluster: prod"));

        stranger.start();

        awaitLog("m1", "belongs to the cluster " + Site.CLUSTER + ", not to prod");
        assertThat(site.query("select count(*) from quorate.master")).isEqualTo("0");
    }

    @Test
    void an_agent_stays_out_of_an_ensemble_that_belongs_to_another_database() {
        site = Site.patient();
        try (CuratorEnsemble other =
                CuratorEnsemble.connect(site.zooKeeperConnect(), Site.CLUSTER, site.sessionTimeout())) {
            await().atMost(Duration.ofMinutes(5)).until(other::isConnected);
            other.pair(
                    Optional.empty(),
                    new Pairing(UUID.randomUUID(), UUID.randomUUID(), Optional.empty(), UUID.randomUUID()));
        }

        site.master("m1", WORK).start();

        awaitLog("m1", "one of the two addresses is another cluster's");
        assertThat(site.query("select count(*) from quorate.master")).isEqualTo("0");
    }

    @Test
    void an_agent_stays_out_of_a_schema_that_it_does_not_know() {
        site = Site.patient();
        site.execute("create or replace function quorate.schema_version() returns integer language sql immutable"
                + " as 'select 99'");

        site.master("m1", WORK).start();

        awaitLog("m1", "staying out: the Quorate schema is of version 99");
        assertThat(site.query("select count(*) from quorate.master")).isEqualTo("0");
    }

    @Test
    void all_mistakes_of_a_configuration_are_reported_at_once_and_the_agent_exits_with_2() throws IOException {
        site = Site.patient();
        Master master = site.master("m1", WORK);
        Files.writeString(
                master.configuration(),
                Files.readString(master.configuration())
                        .replace("grace: 1s", "grace: 1")
                        .replace("restart_delay", "restart_dealy"));

        Command.Result result = Command.run(List.of(
                Command.program("quorate-agent"),
                "--config",
                master.configuration().toString()));

        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.err()).contains("grace").contains("restart_dealy").contains("restart_delay");
        assertThat(result.err()).doesNotContain("Exception");
    }

    @Test
    void a_graceful_stop_hands_schedulers_over_and_leaves_nothing_behind() {
        site = Site.patient();
        site.startAll(
                Buildmaster.of(2, Map.of("slow", "sleep 1"))
                        .with(Map.of("beat", "kind: periodic, every: 1h, builders: [slow]")),
                "m1",
                "m2");
        site.submit("slow", 8);
        site.awaitTrue("select exists (select 1 from quorate.claim c join quorate.master m using (masterid)"
                + " where m.name = 'm1')");

        int exit = site.of("m1").stop();

        assertThat(exit).isZero();
        assertThat(site.query("select state from quorate.master where name = 'm1'"))
                .isEqualTo("dead");
        assertThat(site.query("select count(*) from quorate.history where kind = 'fence'"))
                .isEqualTo("0");
        assertThat(site.query("select count(*) from quorate.history where kind = 'release'"))
                .as("running builds were finished, not released")
                .isEqualTo("0");
        site.awaitTrue("select owner = 'm2' from quorate_v1.schedulers where name = 'beat'");
        site.awaitAllComplete();
        assertThat(site.violations()).isEmpty();
    }

    @Test
    void a_second_sigterm_releases_running_builds_at_once() {
        site = Site.patient();
        Master master = site.master("m1", Buildmaster.of(2, Map.of("endless", "sleep 86397")));
        // for longer than this test waits
        master.rewrite(text -> text.replace("stop_deadline: 5s", "stop_deadline: 1h"));
        master.start();
        site.awaitAttached("m1");
        site.submit("endless", 2);
        site.awaitTrue("select count(*) = 2 from quorate.claim");

        master.terminate();
        awaitLog("m1", "stopping: no new claims, schedulers handed over; 2 buildrequests left");
        assertThat(site.number("select count(*) from quorate.claim")).isEqualTo(2);
        master.terminate();

        assertThat(master.awaitEnd()).isZero();
        awaitLog("m1", "stopping now: 2 buildrequests go back to the queue");
        assertThat(master.isGone()).isTrue();
        assertThat(site.query("select state from quorate.master where name = 'm1'"))
                .isEqualTo("dead");
        assertThat(site.query("select count(*) from quorate.history where kind = 'release'"))
                .isEqualTo("2");
        assertThat(site.query("select count(*) from buildrequests where complete = 0"))
                .isEqualTo("2");
        assertThat(site.violations()).isEmpty();
    }

    private void awaitLog(String master, String sentence) {
        await().atMost(Duration.ofMinutes(5))
                .until(() -> site.of(master).logText().contains(sentence));
    }
}
