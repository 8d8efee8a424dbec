package org.quorate.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A tick happens once, and so does everything that follows from it, whichever master owned the scheduler (I7). */
class TicksIT {
    private static final String OWNER = "select owner from quorate_v1.schedulers where name = 'beat'";

    private Site site;

    @BeforeEach
    void open() {
        site = Site.open();
    }

    @AfterEach
    void close() {
        site.close();
    }

    @Test
    void ticks_are_exactly_once_while_their_owner_dies_twice() {
        Buildmaster work = Buildmaster.of(8, Map.of("quick", "true"))
                .with(Map.of(
                        "beat", "kind: periodic, every: 1s, builders: [quick]",
                        "echo", "kind: dependent, upstream: beat, builders: [quick]"));
        site.startAll(work, "m1", "m2", "m3");

        for (int death = 0; death < 2; death++) {
            awaitMoreTicks(4);
            String owner = site.query(OWNER);
            site.of(owner).killAll();
            site.awaitTrue("select owner is not null and owner <> '" + owner
                    + "' from quorate_v1.schedulers where name = 'beat'");
            site.of(owner).start();
        }
        awaitMoreTicks(4);

        site.query("select quorate_v1.enable('beat', false)");
        site.awaitAllComplete();
        site.awaitTrue("select count(*) filter (where n.name = 'echo') = count(*) filter (where n.name = 'beat')"
                + " from quorate.tick t join schedulers n on n.id = t.schedulerid");
        site.awaitAllComplete();
        assertThat(site.query("select count(*) = count(distinct (schedulerid, occasion)) and "
                        + "count(*) = count(distinct buildsetid)"
                        + " from quorate.tick"))
                .isEqualTo("t");
        assertThat(site.query(
                        "select (select count(*) from quorate.history where kind = 'tick') = (select count(*) from"
                                + " quorate.tick) and (select count(*) from buildsets) = "
                                + "(select count(*) from quorate.tick)"
                                + " and (select count(*) from buildrequests) = (select count(*) from quorate.tick)"))
                .as("each occasion has exactly one buildset, and there are no other buildsets")
                .isEqualTo("t");
        site.assertWhole(8);
    }

    private void awaitMoreTicks(int count) {
        int before = ticks();
        Patience.until(() -> ticks() >= before + count);
    }

    private int ticks() {
        return site.number(
                "select count(*) from quorate.tick t join schedulers n on n.id = t.schedulerid where n.name = 'beat'");
    }
}
