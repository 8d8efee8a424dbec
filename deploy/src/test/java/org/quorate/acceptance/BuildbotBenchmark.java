package org.quorate.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Measures how many builds real Buildbot masters do with deep queues, stock and with Quorate, in one run. The builds do
 * nothing, so that only the master and its database work. Arguments: seconds a cell (60), depths (1000 50000). The
 * deepest queue is also measured with ten builders, since stock reads the queue of each.
 */
public final class BuildbotBenchmark {
    private static final Duration WARM = Duration.ofMinutes(10);
    private static final int MANY_BUILDERS = 10;

    private BuildbotBenchmark() {}

    /** The result for one depth of the queue. Conflicts are claims that another master had already made. */
    private record Cell(double perSecond, double databaseMillis, double transactions, int builds, int conflicts) {}

    public static void main(String[] arguments) {
        try {
            run(arguments);
        } catch (RuntimeException e) {
            // ZooKeeper's own handler of uncaught exceptions only logs them
            e.printStackTrace();
            System.exit(1);
        }
    }

    private static void run(String[] arguments) {
        int seconds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 60;
        int[] depths = arguments.length > 1
                ? Stream.of(arguments).skip(1).mapToInt(Integer::parseInt).toArray()
                : new int[] {1_000, 50_000};
        System.out.println(
                "builds that do nothing, one master with four local workers; " + seconds + " s a cell; " + database());
        System.out.printf(
                "%-10s%8s%9s%9s%10s%24s%22s%18s%n",
                "kind",
                "masters",
                "builders",
                "pending",
                "builds/s",
                "PostgreSQL ms a build",
                "transactions a build",
                "claim conflicts");
        List<Cell> ours = new ArrayList<>();
        for (int depth : depths) {
            ours.add(compare(1, 1, depth, seconds));
        }
        Cell first = ours.get(0);
        Cell last = ours.get(ours.size() - 1);
        System.out.printf(
                Locale.ROOT,
                "from the shallowest to the deepest queue a build costs PostgreSQL "
                        + "%.2f times as much, with %.2f times the"
                        + " transactions%n",
                last.databaseMillis() / first.databaseMillis(),
                last.transactions() / first.transactions());
        compare(1, MANY_BUILDERS, depths[depths.length - 1], seconds);
        compare(3, 1, depths[0], seconds);
    }

    private static Cell compare(int masters, int builders, int depth, int seconds) {
        Cell stock = measure(masters, builders, depth, false, seconds);
        print("stock", masters, builders, depth, stock);
        Cell quorate = measure(masters, builders, depth, true, seconds);
        print("quorate", masters, builders, depth, quorate);
        System.out.printf(
                Locale.ROOT,
                "at %d pending, builders: %d, Quorate builds %.1f times as fast as stock%n",
                depth,
                builders,
                quorate.perSecond() / stock.perSecond());
        return quorate;
    }

    private static String database() {
        try (Site site = Site.withStockBuildbot()) {
            return "PostgreSQL " + site.query("show server_version") + ", jit "
                    + site.query("select case when pg_jit_available() then 'on' else 'off' end");
        }
    }

    private static void print(String kind, int masters, int builders, int depth, Cell cell) {
        System.out.printf(
                Locale.ROOT,
                "%-10s%8d%9d%9d%10.2f%24.1f%22.1f%18s%n",
                kind,
                masters,
                builders,
                depth,
                cell.perSecond(),
                cell.databaseMillis(),
                cell.transactions(),
                cell.conflicts() + " of " + (cell.builds() + cell.conflicts()));
    }

    private static Cell measure(int masters, int builders, int depth, boolean quorate, int seconds) {
        List<Process> stock = new ArrayList<>();
        try (Site site = quorate ? Site.withBuildbot() : Site.withStockBuildbot()) {
            fill(site, builders, depth);
            for (int i = 1; i <= masters; i++) {
                Buildbot master = Buildbot.still(site, "m" + i, 4, quorate, builders);
                if (quorate) {
                    site.master("m" + i, master).start();
                } else {
                    Path directory = site.directory().resolve("m" + i);
                    master.prepare(directory);
                    stock.add(start(master, directory));
                }
            }
            try {
                return afterWarmUp(site, masters, depth, seconds);
            } finally {
                stock.forEach(process -> {
                    process.descendants().forEach(ProcessHandle::destroyForcibly);
                    process.destroyForcibly();
                });
            }
        }
    }

    private static Process start(Buildbot master, Path directory) {
        ProcessBuilder builder = new ProcessBuilder(master.command(directory))
                .directory(master.workingDirectory(directory).toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().putAll(master.environment());
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Measures until the time is over, or until a tenth of the queue is left. */
    private static Cell afterWarmUp(Site site, int masters, int depth, int seconds) {
        Patience.within(
                (int) WARM.toSeconds(),
                () -> completed(site) >= 4 * masters
                        && site.number("select count(distinct masterid) from builds") == masters);
        int builds = completed(site);
        int conflicts = conflicts(site);
        long transactions = transactions(site);
        double processor = processorMillis(site);
        long start = System.nanoTime();
        Patience.within(
                seconds + 60,
                () -> System.nanoTime() - start >= seconds * 1_000_000_000L || begun(site) >= depth * 9 / 10);
        double spent = (System.nanoTime() - start) / 1e9;
        int done = completed(site) - builds;
        return new Cell(
                done / spent,
                (processorMillis(site) - processor) / Math.max(1, done),
                (double) (transactions(site) - transactions) / Math.max(1, done),
                done,
                conflicts(site) - conflicts);
    }

    /** Counts the claims that met a claim of another master: the server logs each as an error. */
    private static int conflicts(Site site) {
        try (Stream<String> lines = Files.lines(site.directory().resolve("pg/postgres.log"))) {
            return (int) lines.filter(line -> line.contains("duplicate key") && line.contains("buildrequest_claims"))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int completed(Site site) {
        return site.number("select count(*) from buildrequests where complete = 1");
    }

    /** Counts builds that began: a cheaper query than the one for completed buildrequests. */
    private static int begun(Site site) {
        return site.number("select count(*) from builds");
    }

    private static long transactions(Site site) {
        return site.number(
                "select xact_commit + xact_rollback from pg_stat_database where datname = current_database()");
    }

    /** Returns the user and system time of the server and of all its processes, including those that have ended. */
    private static double processorMillis(Site site) {
        long server = site.postgres().pid();
        Stream<ProcessHandle> all = Stream.concat(
                ProcessHandle.of(server).stream(),
                ProcessHandle.of(server).stream().flatMap(ProcessHandle::children));
        return all.mapToLong(process -> ticks(process.pid(), process.pid() == server))
                        .sum()
                * 10.0;
    }

    private static long ticks(long pid, boolean withEnded) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            long own = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
            return withEnded ? own + Long.parseLong(fields[13]) + Long.parseLong(fields[14]) : own;
        } catch (IOException e) {
            return 0; // the process ended after it was listed
        }
    }

    private static void fill(Site site, int builders, int depth) {
        for (int i = 1; i <= builders; i++) {
            String name = "quick-" + i;
            site.execute("insert into builders (name, name_hash) values ('" + name + "', '" + hash(name)
                    + "') on conflict do nothing");
        }
        String each = " from generate_series(1000001, 1000000 + " + depth + ") g";
        // as a scheduler writes them: each with a change of its own, one a second
        site.execute(
                "insert into sourcestamps (id, ss_hash, repository, codebase, project, revision, branch, created_at)"
                        + " select g, 'bench' || g, 'r', '', '', md5(g::text), 'main', g" + each);
        site.execute("insert into buildsets (id, reason, submitted_at, complete, results)"
                + " select g, 'bench', g, 0, -1" + each);
        site.execute("insert into buildset_sourcestamps (buildsetid, sourcestampid) select g, g" + each);
        site.execute("insert into buildset_properties (buildsetid, property_name, property_value)"
                + " select g, p, '[\"bench\", \"Scheduler\"]'" + each + ", unnest(array['scheduler', 'reason']) p");
        site.execute("insert into buildrequests (id, buildsetid, builderid, priority, "
                + "complete, results, submitted_at, waited_for)"
                + " select g, g, (select b.id from builders b where b.name = 'quick-' || (1 + g % " + builders
                + ")), 0, 0, -1, g, 0" + each);
        site.execute("analyze");
    }

    private static String hash(String name) {
        try {
            byte[] digest = java.security.MessageDigest.getInstance("SHA-1")
                    .digest(name.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            return java.util.HexFormat.of().formatHex(digest);
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(Optional.ofNullable(e.getMessage()).orElse("SHA-1"), e);
        }
    }
}
