package org.quorate.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Work and schedulers are spread over several masters: each once, evenly, and with no more moves than necessary. */
class SpreadIT {
    private static final int SCHEDULERS = 100;

    private Site site;

    @BeforeEach
    void open() {
        site = Site.patient();
    }

    @AfterEach
    void close() {
        site.close();
    }

    @Tag("faults") // takes minutes
    @Test
    void ten_thousand_buildrequests_are_each_built_once_by_four_masters_in_even_shares() {
        site.startAll(Buildmaster.of(8, Map.of("noop", "true")), "m1", "m2", "m3", "m4");

        int submitted = site.submit("noop", 10_000);
        Patience.within(
                600,
                () -> site.query("select not exists (select 1 from buildrequests where complete = 0)")
                        .equals("t"));

        assertThat(submitted).isEqualTo(10_000);
        assertThat(site.finishedBuilds())
                .hasSize(10_000)
                .allSatisfy((brid, times) -> assertThat(times).isOne());
        for (int m = 1; m <= 4; m++) {
            assertThat(site.number("select count(*) from quorate.history h join quorate.master m using (masterid)"
                            + " where h.kind = 'complete' and m.name = 'm" + m + "'"))
                    .isBetween(2_000, 3_000);
        }
        assertThat(site.violations()).isEmpty();
    }

    @Test
    void a_hundred_schedulers_spread_evenly_and_move_only_as_they_must() {
        Map<String, String> schedulers = new LinkedHashMap<>();
        for (int i = 0; i < SCHEDULERS; i++) {
            schedulers.put("s" + i, "kind: periodic, every: 24h, builders: [noop]");
        }
        Buildmaster buildmaster = Buildmaster.of(2, Map.of("noop", "true")).with(schedulers);
        site.startAll(buildmaster, "m1", "m2");
        awaitEven(2, 48, 52);
        Map<String, String> before = owners();

        site.startAll(buildmaster, "m3");
        awaitEven(3, 32, 35);

        Map<String, String> joined = owners();
        assertThat(moved(before, joined))
                .as("the owners of the schedulers that moved")
                .containsOnly("m3");

        site.of("m3").stop();
        awaitEven(2, 48, 52);

        Map<String, String> left = owners();
        assertThat(moved(joined, left))
                .as("the owners of the schedulers that moved")
                .containsOnly("m1", "m2");
        assertThat(moved(left, joined))
                .as("the schedulers that moved had been m3's")
                .containsOnly("m3");
        assertThat(site.violations()).isEmpty();
    }

    /** Returns the new owners of those schedulers whose owner changed. */
    private static Set<String> moved(Map<String, String> before, Map<String, String> after) {
        return after.entrySet().stream()
                .filter(entry -> !entry.getValue().equals(before.get(entry.getKey())))
                .map(Map.Entry::getValue)
                .collect(Collectors.toSet());
    }

    /**
     * Waits until each master is within 5 % of its share. Then no master gives a scheduler away any more, so all moves
     * are done.
     */
    private void awaitEven(int masters, int least, int most) {
        site.awaitTrue("select count(*) = " + masters + " and min(n) >= " + least + " and max(n) <= " + most
                + " and sum(n) = " + SCHEDULERS
                + " from (select owner, count(*) n from quorate_v1.schedulers where "
                + "owner is not null group by owner) d");
    }

    private Map<String, String> owners() {
        Map<String, String> owners = new LinkedHashMap<>();
        for (String pair : site.query(
                        "select string_agg(name || '=' || coalesce(owner, ''), ',') from quorate_v1.schedulers")
                .split(",")) {
            String[] words = pair.split("=", 2);
            owners.put(words[0], words[1]);
        }
        return owners;
    }
}
