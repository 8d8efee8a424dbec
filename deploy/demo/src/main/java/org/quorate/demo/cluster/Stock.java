package org.quorate.demo.cluster;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.quorate.agent.supervision.MarkedProcesses;
import org.quorate.demo.cluster.Buildmasters.Launch;
import org.quorate.demo.cluster.Ledger.Row;

/**
 * The same fault on stock Buildbot, for comparison: two masters without agents on a database of their own, of which one
 * is killed while it works. One thread.
 */
public final class Stock {
    /**
     * Several times as long as a cluster needs. Buildbot itself looks for dead masters after ten minutes, and then
     * releases only their schedulers.
     */
    private static final Duration WATCH = Duration.ofSeconds(60);

    private static final Duration READY_WITHIN = Duration.ofMinutes(4);
    private static final List<String> NAMES = List.of("s1", "s2");
    private static final int REQUESTS = 40;
    /**
     * The builder of the scheduler that ticks most often: in stock only the owner of that scheduler notices new
     * requests.
     */
    private static final String BUILDER = "lint";
    /** The environment variable by which the processes of one master are found. */
    private static final String MARK = "QUORATE_DEMO_STOCK";

    private final Ledger ledger;
    private final LongSupplier nanoTime;
    private final CountDownLatch interrupted;

    private Stock(Ledger ledger, LongSupplier nanoTime, CountDownLatch interrupted) {
        this.ledger = ledger;
        this.nanoTime = nanoTime;
        this.interrupted = interrupted;
    }

    /**
     * What had become of everything that the killed master held.
     *
     * @param held buildrequests that it had claimed and not completed
     * @param stuck those of them that it still holds, although it is dead, after {@code watched}
     * @param schedulers schedulers that it still owns
     * @param incomplete buildrequests of all masters that are not complete
     */
    public record Outcome(int submitted, int held, int stuck, int schedulers, int incomplete, Duration watched) {
        public String sentence() {
            return String.format(
                    Locale.ROOT,
                    "stock: %d s after one of %d masters was killed, %d of the %d "
                            + "buildrequests and %d schedulers that it held"
                            + " are still its own; %d buildrequests are not complete",
                    watched.toSeconds(),
                    NAMES.size(),
                    stuck,
                    held,
                    schedulers,
                    incomplete);
        }
    }

    static Outcome run(
            Path directory,
            BuildbotMasters buildbot,
            Stores stores,
            Ledger ledger,
            LongSupplier nanoTime,
            CountDownLatch interrupted,
            Consumer<String> say) {
        buildbot.makeTables(stores, directory);
        List<Path> folders = NAMES.stream()
                .map(name -> start(buildbot, MasterFiles.in(directory, name), stores))
                .toList();
        say.accept("stock: started " + NAMES.size() + " masters without agents in " + directory);
        return new Stock(ledger, nanoTime, interrupted).strike(folders, say);
    }

    private static Path start(BuildbotMasters buildbot, MasterFiles files, Stores stores) {
        Launch launch = buildbot.prepare(files, stores);
        ProcessBuilder builder = new ProcessBuilder(Stream.concat(Stream.of("setsid"), launch.command().stream())
                        .toList())
                .directory(launch.directory().toFile())
                .redirectInput(new File("/dev/null"))
                .redirectErrorStream(true)
                .redirectOutput(files.buildmasterLog().toFile());
        builder.environment().putAll(buildbot.environment());
        builder.environment().putAll(stores.mark());
        builder.environment().put(MARK, files.name());
        try {
            builder.start();
        } catch (IOException e) {
            throw new DemoFailed("a stock master cannot be started: " + e.getMessage(), e);
        }
        return launch.directory();
    }

    private Outcome strike(List<Path> folders, Consumer<String> say) {
        Map<String, String> builder = Map.of("builder", BUILDER);
        until(
                "are not ready",
                () -> List.of(ledger.row("demo/stock_ready", builder)),
                row -> row.number("masters") == NAMES.size() && row.number("owned") > 0 && row.number("builders") > 0);
        int submitted = ledger.row("demo/stock_submit", Map.of("builder", BUILDER, "count", REQUESTS, "pace", "3"))
                .number("submitted");
        Row victim = until("claim nothing", () -> ledger.rows("demo/stock_held"), row -> row.number("claims") > 0);
        Path folder = folders.stream()
                .filter(path -> victim.text("name").endsWith(":" + path))
                .findFirst()
                .orElseThrow(() -> new DemoFailed("no stock master is called " + victim.text("name")));
        String name = NAMES.get(folders.indexOf(folder));
        new MarkedProcesses(Set.of(MARK + "=" + name)).kill(Duration.ofSeconds(5));
        Map<String, String> master = Map.of("master", victim.text("name"));
        int held = ledger.row("demo/stock_left", master).number("claims");
        say.accept("stock: SIGKILL to all of " + name + ", which held " + held + " buildrequests; watching for "
                + WATCH.toSeconds() + " s");
        pause(WATCH);
        Row left = ledger.row("demo/stock_left", master);
        Outcome outcome = new Outcome(
                submitted, held, left.number("claims"), left.number("schedulers"), left.number("incomplete"), WATCH);
        say.accept(outcome.sentence());
        return outcome;
    }

    private interface Look {
        List<Row> rows();
    }

    private Row until(String otherwise, Look look, Predicate<Row> isEnough) {
        long begin = nanoTime.getAsLong();
        while (nanoTime.getAsLong() - begin < READY_WITHIN.toNanos()) {
            for (Row row : look.rows()) {
                if (isEnough.test(row)) {
                    return row;
                }
            }
            pause(Pace.LOOK);
        }
        throw new DemoFailed("the stock masters " + otherwise + " within " + READY_WITHIN.toSeconds() + " s");
    }

    private void pause(Duration span) {
        try {
            if (interrupted.await(span.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new DemoFailed("interrupted");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DemoFailed("interrupted", e);
        }
    }
}
