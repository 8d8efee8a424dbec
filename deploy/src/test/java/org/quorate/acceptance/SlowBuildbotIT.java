package org.quorate.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Real Buildbot masters whose reactor stands still, as it does in a large reconfiguration or a synchronous call. */
@Tag("buildbot")
class SlowBuildbotIT {
    /** The lease is a second shorter. A stall that is longer would cost the builds if it ended the lease. */
    private static final Duration SESSION_TIMEOUT = Duration.ofSeconds(15);

    private static final String HANG_LIMIT = "45s";

    private Site site;
    private Buildbots buildbots;

    @BeforeEach
    void open() {
        site = Site.withBuildbot(SESSION_TIMEOUT);
        buildbots = new Buildbots(site);
        buildbots.prepareRewritten(
                2,
                text -> text.replace("  restart_delay:", "  hang_limit: " + HANG_LIMIT + "\n  restart_delay:"),
                "m1",
                "m2");
        buildbots.startPrepared();
    }

    @AfterEach
    void close() {
        site.close();
    }

    @Test
    void a_master_whose_reactor_stands_still_for_some_seconds_loses_no_build_and_one_in_an_endless_loop_is_ended() {
        Map<String, String> epochs = epochs();
        for (int i = 0; i < 3; i++) {
            for (String name : List.of("m1", "m2")) {
                buildbots.of(name).force("slow", "quick", "child");
            }
        }
        // one only: parents on all four workers would wait for ever for a worker that builds their children
        buildbots.of("m1").force("parent");
        site.awaitTrue("select count(distinct masterid) = 2 from quorate.claim");

        buildbots.of("m1").stall(25);
        buildbots.of("m2").stall(18);
        awaitStallsEnded(1);
        // and while it reads its configuration again
        buildbots.of("m1").stallsAtReconfig(20);
        site.of("m1").signalBuildmaster("HUP");
        awaitStallsEnded(2);

        site.awaitTrue("select count(*) = 0 from buildrequests r join buildsets s on s.id = r.buildsetid"
                + " where r.complete = 0 and not exists (select 1 from quorate.tick t where t.buildsetid = s.id)");
        assertThat(epochs()).as("nobody was fenced").isEqualTo(epochs);
        assertThat(site.query("select count(*) from builds where results is not null and results <> 0"))
                .as("no build was lost")
                .isEqualTo("0");
        assertThat(site.query("select count(*) from (select buildrequestid from builds group by buildrequestid"
                        + " having count(*) > 1) d"))
                .as("none ran twice")
                .isEqualTo("0");
        assertThat(site.query("select count(*) from (select 1 from quorate.history where kind = 'tick'"
                        + " group by schedulerid, occasion having count(*) > 1) d"))
                .isEqualTo("0");
        assertThat(buildbots.of("m1").log()).contains("the reactor has stood still for", "runUntilCurrent");

        int brid = buildbots.of("m1").force("long");
        buildbots.awaitBuilding(brid);
        String hangs = buildbots.holderOf(brid);
        buildbots.of(hangs).stall(100_000);

        site.awaitTrue("select count(*) = 2 from builds where buildrequestid = " + brid);
        assertThat(buildbots.holderOf(brid)).isNotEqualTo(hangs);
        assertThat(site.query("select results from builds where buildrequestid = " + brid + " order by id limit 1"))
                .isEqualTo("5");
        site.awaitAttached(hangs);
        assertThat(site.violations()).isEmpty();
    }

    private Map<String, String> epochs() {
        Map<String, String> epochs = new TreeMap<>();
        for (String name : List.of("m1", "m2")) {
            epochs.put(name, site.query("select epoch from quorate.master where name = '" + name + "'"));
        }
        return epochs;
    }

    private void awaitStallsEnded(int count) {
        Patience.until(() -> Stream.of(buildbots.of("m1").log().split("\n"))
                        .filter(line -> line.contains("the reactor runs again; it stood still for"))
                        .count()
                >= count);
    }
}
