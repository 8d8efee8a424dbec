package org.quorate.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Real Buildbot masters beside real agents, on one database that Buildbot made. */
@Tag("buildbot")
class BuildbotIT {
    private static final String OF_CHANGED = " and schedulerid = (select id from schedulers where name = 'changed')";
    /** 1.3 MB in all. */
    private static final List<String> MANY_FILES = IntStream.range(0, 12_000)
            .mapToObj(number -> String.format("%s/%05d", "directory".repeat(11), number))
            .toList();

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

    private void awaitResults(int brid, int results) {
        site.awaitTrue("select complete = 1 and results = " + results + " from buildrequests where id = " + brid);
    }

    @Test
    void the_builds_of_a_buildmaster_that_dies_under_its_agent_run_elsewhere_and_it_comes_back() {
        buildbots.start(2, "m1", "m2");
        int brid = buildbots.of("m1").force("long");
        buildbots.awaitBuilding(brid);
        String died = buildbots.holderOf(brid);

        site.of(died).killBuildmaster();

        site.awaitTrue("select count(*) = 2 from builds where buildrequestid = " + brid);
        assertThat(site.query("select results from builds where buildrequestid = " + brid + " order by id limit 1"))
                .as("housekeeping ended the build of the dead master as RETRY")
                .isEqualTo("5");
        // its agent starts the buildmaster again, in a new epoch, and it builds
        Patience.until(() -> buildbots.of(died).log().split("BuildMaster is running", -1).length == 3);
        site.awaitTrue("select count(*) = 1 from builds where complete_at is null");
        buildbots
                .of(buildbots.other(died))
                .control("cancel", "{\"reason\":\"enough\"}", "buildrequests", Integer.toString(brid));
        awaitResults(brid, 6);
        assertThat(site.violations()).isEmpty();
    }

    @Test
    void a_buildmaster_that_hangs_under_its_agent_is_killed_and_its_builds_run_elsewhere() {
        buildbots.prepareRewritten(
                2, text -> text.replace("  restart_delay:", "  hang_limit: 15s\n  restart_delay:"), "m1", "m2");
        buildbots.startPrepared();
        int brid = buildbots.of("m1").force("long");
        buildbots.awaitBuilding(brid);
        String hangs = buildbots.holderOf(brid);
        long pid = site.of(hangs).buildmasterPid().orElseThrow();

        site.of(hangs).freezeBuildmaster();

        site.awaitTrue("select count(*) = 2 from builds where buildrequestid = " + brid);
        assertThat(buildbots.holderOf(brid)).isNotEqualTo(hangs);
        Patience.until(() -> ProcessHandle.of(pid).isEmpty());
        // its agent starts the buildmaster again
        Patience.until(() -> buildbots.of(hangs).log().split("BuildMaster is running", -1).length == 3);
        site.awaitAttached(hangs);
        site.awaitTrue("select count(*) = 1 from builds where complete_at is null and buildrequestid = " + brid);
        int after = buildbots.of(hangs).force("quick");
        awaitResults(after, 0);
        assertThat(site.violations()).isEmpty();
    }

    @Test
    void a_machine_that_is_gone_is_failed_over_with_its_schedulers_and_joins_cleanly() {
        buildbots.start(2, "m1", "m2", "m3");
        site.awaitTrue("select count(distinct owner) = 3 from quorate_v1.schedulers where owner is not null");
        String gone = site.query("select owner from quorate_v1.schedulers where name = 'periodic'");
        int brid = buildbots.of(buildbots.other(gone)).force("long");
        buildbots.awaitBuilding(brid);

        site.of(gone).killAll();

        site.awaitTrue("select state = 'dead' from quorate.master where name = '" + gone + "'");
        site.awaitTrue("select owner <> '" + gone + "' from quorate_v1.schedulers where name = 'periodic'");
        int ticks = site.number("select count(*) from quorate.tick");
        site.awaitTrue("select count(*) > " + ticks + " from quorate.tick");
        assertThat(site.query(
                        "select count(*) from connected_workers w join masters m on m.id = w.masterid where m.name = '"
                                + gone + "'"))
                .isEqualTo("0");
        site.of(gone).start();
        site.awaitTrue("select state = 'active' from quorate.master where name = '" + gone + "'");
        site.awaitAttached(gone);
        site.awaitTrue("select count(*) = 1 from builds where complete_at is null and buildrequestid = " + brid);
        assertThat(site.violations()).isEmpty();
    }

    @Test
    void a_frozen_machine_that_wakes_doubles_nothing_and_serves_again() {
        buildbots.start(2, "m1", "m2");
        int brid = buildbots.of("m1").force("long");
        buildbots.awaitBuilding(brid);
        String frozen = buildbots.holderOf(brid);

        site.of(frozen).freezeAll();
        site.awaitTrue("select state = 'dead' from quorate.master where name = '" + frozen + "'");
        site.awaitTrue("select count(*) = 2 from builds where buildrequestid = " + brid);
        int fence = site.number("select max(seq) from quorate.history where kind = 'fence'");
        String epoch = site.query("select epoch from quorate.history where seq = " + fence);
        site.of(frozen).thawAll();

        site.awaitTrue("select state = 'active' from quorate.master where name = '" + frozen + "'");
        site.awaitAttached(frozen);
        assertThat(site.query("select count(*) from quorate.history where epoch = " + epoch + " and seq > " + fence
                        + " and kind in ('claim', 'complete', 'tick', 'own')"))
                .isEqualTo("0");
        assertThat(site.query("select count(*) from builds where complete_at is null and buildrequestid = " + brid))
                .isEqualTo("1");
        assertThat(site.query("select count(*) from (select 1 from quorate.history where kind = 'tick'"
                        + " group by schedulerid, occasion having count(*) > 1) d"))
                .isEqualTo("0");
        // the buildmaster is attached before it has loaded its schedulers
        Patience.until(() -> buildbots.of(frozen).log().split("BuildMaster is running", -1).length == 3);
        int after = buildbots.of(frozen).force("quick");
        awaitResults(after, 0);
        assertThat(site.violations()).isEmpty();
    }

    @Test
    void a_machine_that_freezes_in_the_middle_of_a_transaction_is_failed_over() throws SQLException {
        buildbots.start(1, "m1", "m2");
        int brid = buildbots.of("m1").force("long");
        buildbots.awaitBuilding(brid);
        String frozen = buildbots.holderOf(brid);
        String build = site.query("select id from builds where complete_at is null and buildrequestid = " + brid);
        site.awaitTrue("select exists (select 1 from steps where name = 'sleep' and buildid = " + build + ")");

        try (Connection other = DriverManager.getConnection(site.jdbcUrl(), site.user(), site.password());
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("select 1 from buildrequests where id = " + brid + " for update");
            // the transaction takes the fence, and waits for this row
            buildbots.of(frozen).control("stop", "{\"reason\":\"to write something\"}", "builds", build);
            site.awaitTrue("select exists (select 1 from pg_stat_activity where wait_event_type = 'Lock'"
                    + " and query like 'UPDATE buildrequests SET%')");
            site.of(frozen).freezeAll();
        }

        site.awaitTrue("select state = 'dead' from quorate.master where name = '" + frozen + "'");
        site.of(frozen).thawAll();
        site.awaitTrue("select state = 'active' from quorate.master where name = '" + frozen + "'");
        assertThat(site.violations()).isEmpty();
    }

    @Test
    void a_change_sent_to_any_master_is_scheduled_once_also_while_nobody_owns_the_scheduler() {
        buildbots.start(2, "m1", "m2", "m3");
        site.awaitTrue("select owner is not null from quorate_v1.schedulers where name = 'changed'");
        String owner = site.query("select owner from quorate_v1.schedulers where name = 'changed'");
        String other = buildbots.other(owner);
        // its event is longer than a line of the link may be
        buildbots.of(other).sendChange("from-" + other, MANY_FILES);
        for (String name : buildbots.names()) {
            if (!name.equals(other)) {
                buildbots.of(name).sendChange("from-" + name);
            }
        }
        site.awaitTrue("select count(*) = 3 from quorate.tick where occasion like 'change %'" + OF_CHANGED);

        site.of(owner).killAll();
        buildbots.of(buildbots.other(owner)).sendChange("while-dead");

        site.awaitTrue("select count(*) = 4 from quorate.tick where occasion like 'change %'" + OF_CHANGED);
        site.awaitTrue("select count(*) = 4 and bool_and(r.complete = 1 and r.results = 0) from buildrequests r"
                + " join builders b on b.id = r.builderid where b.name = 'built'");
        // one scheduler makes two buildsets of each
        site.awaitTrue("select count(*) = 8 and bool_and(r.complete = 1 and r.results = 0) from buildrequests r"
                + " join builders b on b.id = r.builderid where b.name = 'twice'");
        // each scheduler that depends on it also ticks once for each change
        site.awaitTrue("select count(*) = 4 and bool_and(r.complete = 1 and r.results = 0) from buildrequests r"
                + " join builders b on b.id = r.builderid where b.name = 'after'");
        assertThat(site.violations()).isEmpty();
    }

    @Test
    void a_trigger_that_waits_returns_when_the_child_ran_elsewhere() {
        buildbots.start(1, "m1", "m2");
        int parent = buildbots.of("m1").force("parent");

        awaitResults(parent, 0);

        assertThat(site.query("select count(distinct b.masterid) from builds b join "
                        + "buildrequests r on r.id = b.buildrequestid"
                        + " join builders n on n.id = r.builderid where n.name in ('parent', 'child')"))
                .as("there is one worker for each master, so the child ran on the other master")
                .isEqualTo("2");
        assertThat(site.violations()).isEmpty();
    }

    @Test
    void force_stop_cancel_and_enable_reach_the_right_master_from_any() {
        buildbots.start(1, "m1", "m2");
        int one = buildbots.of("m1").force("long");
        buildbots.awaitBuilding(one);
        int two = buildbots.of("m1").force("long");
        buildbots.awaitBuilding(two);
        String holder = buildbots.holderOf(one);
        String build = site.query("select id from builds where complete_at is null and buildrequestid = " + one);

        buildbots.of(buildbots.other(holder)).control("stop", "{\"reason\":\"by a click\"}", "builds", build);
        awaitResults(one, 6);
        Command.Result cancelled = Command.quorate(site, "cancel", Integer.toString(two), "--why", "by an operator");
        assertThat(cancelled.exit()).as(cancelled.err()).isZero();
        awaitResults(two, 6);

        String periodic = site.query("select id from schedulers where name = 'periodic'");
        String owner = site.query("select owner from quorate_v1.schedulers where name = 'periodic'");
        buildbots.of(buildbots.other(owner)).control("enable", "{\"enabled\":false}", "schedulers", periodic);
        int ticks = site.number("select count(*) from quorate.tick where schedulerid = " + periodic);
        buildbots.of(buildbots.other(owner)).control("enable", "{\"enabled\":true}", "schedulers", periodic);
        site.awaitTrue("select count(*) > " + ticks + " from quorate.tick where schedulerid = " + periodic);
        assertThat(site.violations()).isEmpty();
    }

    @Test
    void each_finished_build_and_buildset_is_reported_once_though_all_masters_have_the_same_reporters() {
        buildbots.start(1, "m1", "m2");
        site.submit("quick", 8);
        site.awaitTrue("select count(*) = 8 and count(distinct b.masterid) = 2 from builds b"
                + " join buildrequests r on r.id = b.buildrequestid join builders n on n.id = r.builderid"
                + " where n.name = 'quick' and b.results = 0");
        buildbots.of("m1").force("long");
        buildbots.of("m1").force("long");
        site.awaitTrue("select count(*) = 2 from builds where complete_at is null");
        int waiting = buildbots.of("m2").force("long");
        String cancelled = site.query("select buildsetid from buildrequests where id = " + waiting);
        assertThat(Command.quorate(site, "cancel", Integer.toString(waiting), "--why", "nobody runs it")
                        .exit())
                .isZero();

        Patience.until(() -> buildbots.reported().contains("buildsets " + cancelled + " complete"));
        String[] ended = site.query("select string_agg(line, ',') from ("
                        + "select 'builds ' || id || ' finished' as line from builds where complete_at is not null"
                        + " union all select 'buildsets ' || id || ' complete' from buildsets where complete = 1) l")
                .split(",");
        Patience.until(() -> buildbots.reported().containsAll(List.of(ended)));
        assertThat(buildbots.reported()).doesNotHaveDuplicates();
        assertThat(site.violations()).isEmpty();
    }

    @Test
    void the_others_build_what_a_master_without_workers_accepts() {
        buildbots.start(2, "m1");
        buildbots.start(0, "ui");
        int brid = buildbots.of("ui").force("quick");

        awaitResults(brid, 0);
        buildbots.of("ui").sendChange("a1");
        site.awaitTrue("select count(*) = 1 from quorate.tick where occasion like 'change %'" + OF_CHANGED);
        assertThat(site.violations()).isEmpty();
    }

    @Test
    void a_build_that_cannot_begin_is_released_and_a_write_that_fails_for_a_moment_is_repeated() {
        buildbots.start(1, "m1");
        site.execute("create function no_step() returns trigger language plpgsql as"
                + " $$ begin raise exception 'the test' using errcode = tg_argv[0]; end $$");
        refuseSteps("internal_error");
        site.awaitTrue("select count(*) > 0 from builds where results = 5");
        int failed = site.number("select buildrequestid from builds where results = 5 limit 1");
        site.execute("drop trigger no_step on steps");
        // the worker was in quarantine
        awaitResults(failed, 0);

        refuseSteps("disk_full");
        Patience.until(() -> buildbots.of("m1").log().contains("DiskFull"));
        int held = site.number("select buildrequestid from builds where complete_at is null");
        site.execute("drop trigger no_step on steps");
        awaitResults(held, 0);
        assertThat(site.number("select count(*) from builds where buildrequestid = " + held))
                .isOne();
        assertThat(site.violations()).isEmpty();
    }

    private void refuseSteps(String error) {
        site.execute(
                "create trigger no_step before insert on steps for each row execute function no_step('" + error + "')");
    }

    @Test
    void PostgreSQL_restarted_under_load_costs_no_restart_and_no_request() {
        buildbots.start(2, "m1", "m2");
        long[] agents = {site.of("m1").agent().pid(), site.of("m2").agent().pid()};
        Object[] masters = {site.of("m1").buildmasterPid(), site.of("m2").buildmasterPid()};
        site.submit("quick", 60);
        site.awaitTrue("select count(*) > 5 from buildrequests where complete = 1");

        site.postgres().restart();

        site.submit("quick", 10);
        site.awaitTrue("select count(*) = 0 from buildrequests r join builders b on b.id = r.builderid"
                + " where b.name = 'quick' and r.complete = 0");
        assertThat(new long[] {
                    site.of("m1").agent().pid(), site.of("m2").agent().pid()
                })
                .isEqualTo(agents);
        assertThat(new Object[] {site.of("m1").buildmasterPid(), site.of("m2").buildmasterPid()})
                .isEqualTo(masters);
        assertThat(site.query("select count(*) from buildrequests r join builders b on b.id = r.builderid"
                        + " where b.name = 'quick' and r.results = 0"))
                .isEqualTo("70");
        assertThat(site.violations()).isEmpty();
    }
}
