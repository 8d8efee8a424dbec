package org.quorate.acceptance;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.quorate.master.Timing;

/**
 * Measures how soon other masters have the work of a lost one, at the default settings, by the database's clock from
 * the signal on, with shell buildmasters and with real Buildbot ones. Also measures for how long schedulers have no
 * owner during a rolling restart. Arguments: rounds (5), and {@code shell} or {@code buildbot} to measure only one of
 * the two.
 */
public final class FailoverBenchmark {
    private static final String[] NAMES = {"m1", "m2", "m3"};
    private static final Pattern SHORTENED = Pattern.compile("(?m)^(timing|ownership):.*$");
    private static final int SLOTS = 6;
    /** Counts releases by the housekeeper and by the master's own agent in a new epoch. */
    private static final String FAILOVER = """
            with victim as (select id from masters where name = :master),
            released as (
              select h.brid, min(h.seq) as seq, min(h.at) as at
                from quorate.history h join victim v on v.id = h.masterid
               where h.kind = 'release' and h.at >= :signal group by h.brid),
            reclaimed as (
              select r.brid, min(h.at) as at
                from released r join quorate.history h on h.brid = r.brid and h.seq > r.seq and h.kind = 'claim'
               group by r.brid),
            owned as (
              select o.schedulerid, o.seq
                from (select distinct on (schedulerid) schedulerid, seq, kind, masterid from quorate.history
                       where kind in ('own', 'disown') and at < :signal order by schedulerid, seq desc) o
                -- not the change sources, each of which only one master has here, for its own port
                join victim v on v.id = o.masterid and o.kind = 'own' and o.schedulerid > 0),
            moved as (
              select o.schedulerid, min(h.at) as at
                from owned o join quorate.history h on h.schedulerid = o.schedulerid and h.seq > o.seq and h.kind = 'own'
               group by o.schedulerid)
            select (select count(*) from released) as released, (select count(*) from reclaimed) as reclaimed,
                   (select count(*) from owned) as owned, (select count(*) from moved) as moved,
                   extract(epoch from (select max(at) from released) - :signal) as last_release,
                   extract(epoch from (select max(at) from reclaimed) - :signal) as last_reclaim,
                   extract(epoch from (select max(at) from moved) - :signal) as last_move""";

    private static final Timing DEFAULTS =
            Timing.of(Duration.ofSeconds(6), Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(4));

    private final Site site;
    private final boolean buildbot;

    private FailoverBenchmark(Site site, boolean buildbot) {
        this.site = site;
        this.buildbot = buildbot;
    }

    private enum Fault {
        BUILDMASTER_KILLED("its buildmaster is killed, its agent lives", Duration.ofSeconds(2)) {
            @Override
            void strike(Master victim) {
                victim.killBuildmaster();
            }

            @Override
            void heal(Master victim) {}
        },
        MACHINE_KILLED("its machine is killed", DEFAULTS.failoverBound()) {
            @Override
            void strike(Master victim) {
                victim.killAll();
            }

            @Override
            void heal(Master victim) {
                victim.start();
            }
        },
        MACHINE_FROZEN("its machine is frozen", DEFAULTS.vanishedBound()) {
            @Override
            void strike(Master victim) {
                victim.freezeAll();
            }

            @Override
            void heal(Master victim) {
                victim.thawAll();
            }
        };

        private final String what;
        private final Duration bound;

        Fault(String what, Duration bound) {
            this.what = what;
            this.bound = bound;
        }

        abstract void strike(Master victim);

        abstract void heal(Master victim);
    }

    public static void main(String[] arguments) {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
        List<String> kinds = arguments.length > 1 ? List.of(arguments[1]) : List.of("shell", "buildbot");
        System.out.println("three masters, session timeout 6 s and all else as by default; " + rounds
                + " rounds a line; seconds from the signal, median and most");
        System.out.printf(
                "%-10s%-44s%8s%16s%16s%16s%n", "masters", "one of them", "bound", "released", "claimed again", "owned");
        for (String kind : kinds) {
            boolean buildbot = kind.equals("buildbot");
            try (Site site = buildbot ? Site.withBuildbot() : Site.open()) {
                new FailoverBenchmark(site, buildbot).measure(rounds);
            } catch (RuntimeException e) {
                // ZooKeeper's own handler of uncaught exceptions only logs them
                e.printStackTrace();
                System.exit(1);
            }
        }
    }

    private void measure(int rounds) {
        for (String name : NAMES) {
            Master master = site.master(
                    name,
                    buildbot
                            ? Buildbot.still(site, name, SLOTS, true, 0)
                            : Buildmaster.of(SLOTS, Map.of("slow", "sleep 3"))
                                    .with(Map.of(
                                            "a", "kind: periodic, every: 1h, builders: [slow]",
                                            "b", "kind: periodic, every: 1h, builders: [slow]",
                                            "c", "kind: periodic, every: 1h, builders: [slow]")));
            master.rewrite(text -> SHORTENED.matcher(text).replaceAll(""));
            master.start();
        }
        for (Fault fault : Fault.values()) {
            List<Double> released = new ArrayList<>();
            List<Double> reclaimed = new ArrayList<>();
            List<Double> moved = new ArrayList<>();
            for (int i = 0; i < rounds; i++) {
                round(fault, released, reclaimed, moved);
            }
            System.out.printf(
                    Locale.ROOT,
                    "%-10s%-44s%8.1f%16s%16s%16s%n",
                    buildbot ? "buildbot" : "shell",
                    fault.what,
                    fault.bound.toMillis() / 1e3,
                    medianAndMost(released),
                    medianAndMost(reclaimed),
                    medianAndMost(moved));
        }
        rollingRestart();
        if (!site.violations().isEmpty()) {
            throw new IllegalStateException(site.violations().toString());
        }
    }

    /**
     * Measures one round. The other masters have room for all that the victim holds, so that the failover is measured
     * and not the queue.
     */
    private void round(Fault fault, List<Double> released, List<Double> reclaimed, List<Double> moved) {
        awaitCalm();
        site.submit("slow", SLOTS);
        String busiest = "select m.name from quorate.claim c join quorate.master m using (masterid)"
                + " where exists (select 1 from quorate_v1.schedulers s where s.owner = m.name)"
                + " group by m.name order by count(*) desc, m.name limit 1";
        Patience.until(() -> !site.query(busiest).isEmpty());
        String name = site.query(busiest);
        String signal = site.clock();
        fault.strike(site.of(name));
        Patience.until(() -> failover(name, signal, "released > 0 and reclaimed = released and owned = moved")
                .equals("t"));
        released.add(Double.parseDouble(failover(name, signal, "last_release")));
        reclaimed.add(Double.parseDouble(failover(name, signal, "last_reclaim")));
        String lastMove = failover(name, signal, "last_move");
        if (!lastMove.equals("null")) { // the victim owned a scheduler
            moved.add(Double.parseDouble(lastMove));
        }
        fault.heal(site.of(name));
    }

    private void awaitCalm() {
        for (String name : NAMES) {
            Patience.until(() -> site.query("select count(*) > 0 from quorate_v1.masters m join builder_masters b"
                            + " on b.masterid = m.masterid where m.name = '" + name
                            + "' and m.state = 'active'")
                    .equals("t"));
        }
        Patience.until(() -> site.query("select count(distinct owner) = 3 and bool_and(owner is not null)"
                        + " and not exists (select 1 from buildrequests where complete = 0)"
                        + " from quorate_v1.schedulers")
                .equals("t"));
    }

    private String failover(String master, String signal, String value) {
        return site.query("select " + value + " from ("
                + FAILOVER.replace(":master", "'" + master + "'").replace(":signal", "timestamptz '" + signal + "'")
                + ") f");
    }

    /** Measures the time from the end of each term to the begin of the next. */
    private void rollingRestart() {
        awaitCalm();
        String begun = site.clock();
        Command.Result result = Command.quorate(site, "restart", "--rolling", "--why", "measured");
        if (result.exit() != 0) {
            throw new IllegalStateException(result.out() + result.err());
        }
        awaitCalm();
        System.out.printf(
                "%-10s%-44s %s%n",
                buildbot ? "buildbot" : "shell",
                "a rolling restart of all three",
                site.query("select count(*) || ' terms ended, the longest that a scheduler was nobody''s: '"
                        + " || coalesce(round(max(extract(epoch from next - at))::numeric, 3), 0) || ' s'"
                        + " from (select kind, at, lead(at) over (partition by schedulerid order by seq) as next"
                        // without change sources: one that listens on a port of its master comes back with that master
                        + " from quorate.history where kind in ('own', 'disown') and schedulerid > 0 and at > '" + begun
                        + "') d"
                        + " where kind = 'disown'"));
    }

    private static String medianAndMost(List<Double> seconds) {
        if (seconds.isEmpty()) {
            return "-";
        }
        Collections.sort(seconds);
        return String.format(
                Locale.ROOT, "%.2f / %.2f", seconds.get(seconds.size() / 2), seconds.get(seconds.size() - 1));
    }
}
