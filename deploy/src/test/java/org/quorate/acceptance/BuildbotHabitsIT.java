package org.quorate.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What sites do with their Buildbot every day, on real masters. One cluster serves all of it, to save time. */
@Tag("buildbot")
class BuildbotHabitsIT {
    private Site site;
    private Buildbots buildbots;

    @BeforeEach
    void open() {
        site = Site.withBuildbot();
        buildbots = new Buildbots(site);
        buildbots.start(2, "m1", "m2");
    }

    @AfterEach
    void close() {
        site.close();
    }

    @Test
    void drains_with_triggers_long_properties_and_stops_on_the_page_end_as_a_person_expects() {
        quorate("drain", "m2", "--why", "maintenance");
        int parent = buildbots.of("m1").force("family");
        buildbots.awaitBuilding(parent);
        quorate("drain", "m1", "--yes", "--wait", "--deadline", "300s", "--why", "an upgrade of the only open master");
        awaitResults(parent, 0);
        assertThat(site.query("select count(*) from builds where buildrequestid = " + parent))
                .as("it was not thrown back at the deadline")
                .isEqualTo("1");
        quorate("undrain", "m1");
        quorate("undrain", "m2");

        int lengthy = buildbots.of("m1").force("lengthy");
        awaitResults(lengthy, 4);
        assertThat(site.query("select state_string from builds where buildrequestid = " + lengthy))
                .contains("longer than its column");

        int stopped = buildbots.of("m1").force("long");
        buildbots.awaitBuilding(stopped);
        String holder = buildbots.holderOf(stopped);
        String build = site.query("select id from builds where buildrequestid = " + stopped);
        site.of(holder).freezeBuildmaster();
        buildbots.of(buildbots.other(holder)).control("stop", "{\"reason\":\"a typo\"}", "builds", build);
        site.awaitTrue("select exists (select 1 from quorate.cancellation where brid = " + stopped + ")");
        site.of(holder).killAll();
        awaitResults(stopped, 6);
        assertThat(site.query("select count(*) from builds where buildrequestid = " + stopped))
                .as("it is not built again")
                .isEqualTo("1");
        assertThat(site.violations()).isEmpty();
    }

    private void awaitResults(int brid, int results) {
        site.awaitTrue("select complete = 1 and results = " + results + " from buildrequests where id = " + brid);
    }

    private void quorate(String... words) {
        Command.Result result = Command.quorate(site, words);
        assertThat(result.exit()).as(result.out() + result.err()).isZero();
    }
}
