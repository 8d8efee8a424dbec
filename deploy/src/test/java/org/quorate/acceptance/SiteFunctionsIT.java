package org.quorate.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Functions, workers and locks of a site's configuration decide what starts, on real Buildbot masters. */
@Tag("buildbot")
class SiteFunctionsIT {
    /** A build whose property {@code wants} is {@code nothing} cannot start. */
    private static final String DECIDING = """
            board = util.MasterLock('board')

            def wants(request):
                return request.properties.getProperty('wants')

            def next_worker(builder, places, request):
                return None if wants(request) == 'nothing' else places[0]

            def can_start(builder, place, request):
                return wants(request) != 'nothing'

            def never(builder, place, request):
                return defer.Deferred()

            @util.renderer
            def needed(props):
                return [board.access('exclusive')] if props.getProperty('wants') == 'nothing' else []

            def alone(builder, place, request):
                return not any(each.isBusy() for each in place.worker.workerforbuilders.values())

            def decided(name, *todo, names=None, **settings):
                return util.BuilderConfig(
                    name=name, workernames=names or workers, factory=util.BuildFactory(list(todo)), **settings)

            c['schedulers'] = [s for s in c['schedulers'] if s.name not in ('periodic', 'minutely')]
            c['workers'].append(worker.LocalWorker(me + '-shared'))
            c['builders'] += [
                decided('routed', Nothing(), nextWorker=next_worker),
                decided('allowed', Nothing(), canStartBuild=can_start),
                decided('holder', sleep(600), locks=[board.access('exclusive')]),
                decided('locked', Nothing(), locks=[board.access('exclusive')]),
                decided('rendered', Nothing(), locks=needed),
                decided('silent', Nothing(), canStartBuild=never),
                decided('newest', Nothing(), nextBuild=lambda builder, requests: requests[-1]),
            ] + [
                decided(f'shared-{n:02}', Nothing(), names=[me + '-shared'], canStartBuild=alone) for n in range(20)]
            """;

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

    /** Submits one buildrequest, with JSON as its properties, and returns it. */
    private int submit(String builder, String properties, int priority) {
        return site.number("select quorate_v1.submit('" + builder + "', '" + properties + "', " + priority + ")");
    }

    private void awaitBuilt(int brid) {
        site.awaitTrue("select complete = 1 and results = 0 from buildrequests where id = " + brid);
    }

    private int count(String kind) {
        return site.number("select count(*) from quorate.history where kind = '" + kind + "'");
    }

    @Test
    void what_the_site_does_not_let_start_is_never_claimed_and_holds_nothing_back() {
        buildbots.startWith(DECIDING, 3, "m1");
        int holder = submit("holder", "{}", 0);
        buildbots.awaitBuilding(holder);
        submit("silent", "{}", 9);
        for (String builder : new String[] {"routed", "allowed", "rendered"}) {
            int stuck = submit(builder, "{\"wants\": \"nothing\"}", 5);
            int next = submit(builder, "{}", 0);

            awaitBuilt(next);

            assertThat(site.query("select count(*) from quorate.history where brid = " + stuck
                            + " and kind in ('claim', 'release')"))
                    .as(builder)
                    .isEqualTo("0");
        }
        int locked = submit("locked", "{}", 5);
        int quick = submit("quick", "{}", 0);
        awaitBuilt(quick);
        Patience.until(() -> buildbots.of("m1").log().contains("canStartBuild, or a lock, of builder silent has not"));
        assertThat(site.number("select count(*) from quorate.claim")).isEqualTo(1);

        buildbots.of("m1").control("cancel", "{\"reason\":\"enough\"}", "buildrequests", Integer.toString(holder));

        awaitBuilt(locked);
        assertThat(count("release")).isZero();
        assertThat(site.violations()).isEmpty();
    }

    @Test
    void builders_that_share_a_worker_by_a_function_are_claimed_once_for_each_build() {
        buildbots.startWith(DECIDING, 1, "m1");
        site.query("select count(*) from generate_series(0, 19) n, lateral quorate_v1.submit("
                + "'shared-' || to_char(n, 'FM00'), '{}', n) s");
        site.query("select count(*) from quorate_v1.submit('newest', count => 3)");

        site.awaitTrue("select count(*) = 23 from buildrequests r join builders b on b.id = r.builderid"
                + " where r.complete = 1 and r.results = 0 and (b.name like 'shared-%' or b.name = 'newest')");

        String ofShared = " from quorate.history h join buildrequests r on r.id = h.brid"
                + " join builders b on b.id = r.builderid where b.name like 'shared-%' and h.kind = ";
        assertThat(site.number("select count(*)" + ofShared + "'claim'")).isLessThanOrEqualTo(21);
        assertThat(site.query("select string_agg(s.buildrequestid::text, ' ' order by s.id) from builds s"
                        + " join builders b on b.id = s.builderid where b.name = 'newest'"))
                .as("as nextBuild orders them")
                .isEqualTo(site.query("select string_agg(r.id::text, ' ' order by r.id desc) from buildrequests r"
                        + " join builders b on b.id = r.builderid where b.name = 'newest'"));
        assertThat(site.violations()).isEmpty();
    }

    @Test
    void two_masters_build_in_the_order_of_prioritize_builders_and_each_buildrequest_once() {
        buildbots.startWith("""
                c['prioritizeBuilders'] = lambda master, builders: sorted(builders, key=lambda b: b.name)
                c['builders'] += [builder(f'any-{n}', Nothing()) for n in range(4)]
                c['schedulers'] = [s for s in c['schedulers'] if s.name not in ('periodic', 'minutely')]
                """, 1, "m1", "m2");
        site.query("select count(*) from generate_series(0, 3) n, lateral quorate_v1.submit("
                + "'any-' || n, '{}', n, 'x', 20) s");

        site.awaitTrue("select count(*) = 80 from buildrequests where complete = 1 and results = 0");

        assertThat(count("claim")).isLessThanOrEqualTo(84);
        assertThat(site.query("select string_agg(d.name, ' ' order by d.last) from (select b.name, max(s.id) as last"
                        + " from builds s join builders b on b.id = s.builderid group by b.name) d"))
                .isEqualTo("any-0 any-1 any-2 any-3");
        assertThat(site.query("select count(distinct masterid) from builds")).isEqualTo("2");
        assertThat(site.violations()).isEmpty();
    }
}
