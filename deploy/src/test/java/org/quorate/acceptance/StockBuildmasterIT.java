package org.quorate.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests real Buildbot masters without the plugin beside real agents, alone and together with masters that have the
 * plugin.
 */
@Tag("buildbot")
class StockBuildmasterIT {
    private Site site;
    private final Map<String, Buildbot> buildbots = new HashMap<>();

    @BeforeEach
    void open() {
        site = Site.withBuildbot();
    }

    @AfterEach
    void close() {
        site.close();
    }

    private void start(String key, Buildbot buildbot) {
        buildbots.put(key, buildbot);
        site.master(key, buildbot).start();
        awaitServing(key, 1);
    }

    /** @param starts how often the master has started since the test began */
    private void awaitServing(String key, int starts) {
        Patience.until(() -> buildbots.get(key).log().split("BuildMaster is running", -1).length == starts + 1);
        site.awaitAttached(buildbots.get(key).masterName());
    }

    private String keyOf(String masterName) {
        return buildbots.keySet().stream()
                .filter(key -> buildbots.get(key).masterName().equals(masterName))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no master " + masterName));
    }

    private String ownerOf(String scheduler) {
        site.awaitTrue("select owner is not null from quorate_v1.schedulers where name = '" + scheduler + "'");
        return site.query("select owner from quorate_v1.schedulers where name = '" + scheduler + "'");
    }

    private int ticked() {
        return site.number(
                "select count(*) from buildrequests r join builders b on b.id = r.builderid where b.name = 'ticked'");
    }

    private void awaitMoreTicks() {
        site.awaitTrue("select count(*) > " + (ticked() + 1)
                + " from buildrequests r join builders b on b.id = r.builderid where b.name = 'ticked'");
    }

    @Test
    void a_machine_that_is_gone_loses_its_builds_and_schedulers_to_the_other_master() {
        start("u1", Buildbot.stock(site, "u1", 2));
        start("u2", Buildbot.stock(site, "u2", 2));
        String doomed = ownerOf("periodic");
        String doomedKey = keyOf(doomed);
        int brid = buildOf(doomedKey, doomed);

        site.of(doomedKey).killAll();

        site.awaitTrue("select state = 'dead' from quorate.master where name = '" + doomed + "'");
        site.awaitTrue("select count(*) = 1 from builds b join masters m on m.id = b.masterid where b.buildrequestid = "
                + brid + " and b.complete_at is null and m.name <> '" + doomed + "'");
        site.awaitTrue("select owner <> '" + doomed + "' from quorate_v1.schedulers where name = 'periodic'");
        awaitMoreTicks();
        assertThat(site.violations()).isEmpty();

        site.of(doomedKey).start();
        awaitServing(doomedKey, 2);
        assertThat(site.query("select count(*) from builds where complete_at is null and buildrequestid = " + brid))
                .isEqualTo("1");
        assertThat(site.violations()).isEmpty();
    }

    /**
     * Forces builds on the pages of this master until it has one: on a busy machine the other one may be woken before
     * it, and then builds what was forced.
     */
    private int buildOf(String key, String master) {
        while (true) {
            int brid = buildbots.get(key).force("long");
            site.awaitTrue(
                    "select exists (select 1 from builds where buildrequestid = " + brid + " and complete_at is null)");
            if (site.query("select m.name from quorate.claim c join quorate.master m using (masterid) where c.brid = "
                            + brid)
                    .equals(master)) {
                return brid;
            }
        }
    }

    @Test
    void a_master_with_and_one_without_the_plugin_share_the_work_and_build_nothing_twice() {
        start("m1", new Buildbot(site, "m1", 2));
        assertThat(ownerOf("periodic")).isEqualTo("m1");
        start("u1", Buildbot.stock(site, "u1", 2));

        site.submit("quick", 30);

        site.awaitTrue("select count(*) = 30 and bool_and(r.complete = 1 and r.results = 0)"
                + " from buildrequests r join builders b on b.id = r.builderid where b.name = 'quick'");
        assertThat(site.query(
                        "select count(*) from builds d join builders b on b.id = d.builderid where b.name = 'quick'"))
                .isEqualTo("30");
        assertThat(site.query("select count(*) from (select brid from quorate.history where kind = 'complete'"
                        + " group by brid having count(*) > 1) d"))
                .isEqualTo("0");
        assertThat(site.query("select count(*) from quorate_v1.schedulers where owner is not null and owner <> 'm1'"
                        + " and name not like 'changesource:%'"))
                .as("the scheduler that the master with the plugin offers stays with it")
                .isEqualTo("0");
        // a request that only the master without the plugin can claim reaches it through the wake-up
        Command.Result drained = Command.quorate(site, "drain", "m1", "--yes", "--wait");
        assertThat(drained.exit()).as(drained.err()).isZero();
        site.submit("child", 1);
        site.awaitTrue("select count(*) = 1 and bool_and(r.complete = 1 and r.results = 0)"
                + " from buildrequests r join builders b on b.id = r.builderid where b.name = 'child'");
        assertThat(site.violations()).isEmpty();
    }

    @Test
    void a_drained_master_without_the_plugin_ends_when_its_builds_have_ended_and_comes_back() {
        start("u1", Buildbot.stock(site, "u1", 2));
        String name = buildbots.get("u1").masterName();
        assertThat(ownerOf("periodic")).isEqualTo(name);
        int brid = buildbots.get("u1").force("slow");
        site.awaitTrue(
                "select exists (select 1 from builds where buildrequestid = " + brid + " and complete_at is null)");

        assertThat(Command.quorate(site, "masters", "-o", "json").out())
                .containsPattern("\"claims\" *: *[12],")
                .containsPattern("\"plugin\" *: *false");

        Command.Result drained = Command.quorate(site, "drain", name, "--yes", "--wait");

        assertThat(drained.exit()).as(drained.err()).isZero();
        assertThat(drained.out()).contains("without the plugin: its buildmaster shuts down");
        assertThat(site.query("select complete || ' ' || results from buildrequests where id = " + brid))
                .isEqualTo("1 0");
        site.awaitTrue("select count(*) = 0 from quorate_v1.schedulers where owner is not null");
        site.awaitTrue("select count(*) > 1 from quorate.history where kind = 'register'");
        Command.Result restarted = Command.quorate(site, "restart", name, "--timeout", "20s");
        assertThat(restarted.exit()).as(restarted.err()).isZero();
        assertThat(restarted.out()).contains(name + ": its buildmaster ended, and stays down until undrain");
        assertThat(Command.quorate(site, "undrain", name).exit()).isZero();
        awaitServing("u1", 2);
        assertThat(ownerOf("periodic")).isEqualTo(name);
        awaitMoreTicks();

        restarted = Command.quorate(site, "restart", name, "--timeout", "60s");

        assertThat(restarted.exit()).as(restarted.err()).isZero();
        assertThat(restarted.out()).contains(name + ": serves again");
        awaitMoreTicks();
        assertThat(site.violations()).isEmpty();
    }

    private static String metrics(int port) {
        try (InputStream page =
                URI.create("http://127.0.0.1:" + port + "/metrics").toURL().openStream()) {
            return new String(page.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void a_master_without_the_plugin_that_hangs_is_killed_when_its_heartbeat_stands_still() {
        Buildbot hanging = Buildbot.stock(site, "u1", 2);
        buildbots.put("u1", hanging);
        Master master = site.master("u1", hanging);
        // master.cfg sets its heartbeat to each second
        int port = Buildbot.freePorts();
        master.rewrite(yaml -> yaml.replace("plugin: false", "plugin: false\n  heartbeat_limit: 8s")
                .replace("127.0.0.1:0", "127.0.0.1:" + port));
        master.start();
        awaitServing("u1", 1);
        int brid = hanging.force("long");
        site.awaitTrue(
                "select exists (select 1 from builds where buildrequestid = " + brid + " and complete_at is null)");
        Patience.until(() -> metrics(port).contains("quorate_claims_held 1"));
        long pid = master.buildmasterPid().orElseThrow();

        master.freezeBuildmaster();

        site.awaitTrue("select count(*) = 2 from builds where buildrequestid = " + brid);
        assertThat(ProcessHandle.of(pid)).isEmpty();
        assertThat(master.logText()).contains("the buildmaster's heartbeat in the database has stood still for");
        awaitServing("u1", 2);
        assertThat(site.query("select count(*) from builds where complete_at is null and buildrequestid = " + brid))
                .isEqualTo("1");
        assertThat(site.query("select results from builds where buildrequestid = " + brid + " order by id limit 1"))
                .isEqualTo("5");
        assertThat(site.violations()).isEmpty();
    }
}
