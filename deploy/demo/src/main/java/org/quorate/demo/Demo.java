package org.quorate.demo;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.quorate.demo.cluster.Cluster;
import org.quorate.demo.cluster.DemoFailed;
import org.quorate.demo.cluster.Ledger;
import org.quorate.demo.cluster.Pace;
import org.quorate.demo.cluster.Wish;
import org.quorate.demo.faults.Nemesis;
import org.quorate.demo.faults.Picture;
import org.quorate.demo.report.LiveView;
import org.quorate.demo.report.RefusedWrites;
import org.quorate.demo.report.Screen;
import org.quorate.demo.report.Summary;
import org.quorate.demo.report.Verification;

/** One run on a cluster: the work, the faults, the end, and the summary. One thread. */
final class Demo {
    // limits for machines that are busy with other things; an idle one with two cores needs a tenth of them
    private static final Duration READY_WITHIN = Duration.ofMinutes(4);
    private static final Duration DONE_WITHIN = Duration.ofMinutes(20);
    private static final Duration QUIET_WITHIN = Duration.ofMinutes(4);

    private final Wish wish;
    private final Cluster cluster;
    private final Ledger ledger;
    private final LiveView view;
    private final LongSupplier nanoTime;
    private final CountDownLatch interrupted;
    private final long beginNanos;
    private long busyNanos;

    /** @param interrupted counted down when the run must end at once */
    Demo(
            Wish wish,
            Cluster cluster,
            Ledger ledger,
            LiveView view,
            LongSupplier nanoTime,
            CountDownLatch interrupted,
            long beginNanos) {
        this.wish = wish;
        this.cluster = cluster;
        this.ledger = ledger;
        this.view = view;
        this.nanoTime = nanoTime;
        this.interrupted = interrupted;
        this.beginNanos = beginNanos;
        this.busyNanos = beginNanos;
    }

    Summary run(Path directory) {
        cluster.startMasters();
        until(READY_WITHIN, "the masters are not ready", this::isReady);
        view.print(String.format(
                Locale.ROOT, "%d masters and their schedulers are ready after %.1f s", wish.masters(), seconds()));
        Random random = new Random(wish.seed());
        Submissions submissions =
                new Submissions(Submissions.plan(wish.requests(), random), 2 * Wish.SLOTS * wish.masters());
        Nemesis nemesis = new Nemesis(cluster, ledger, wish.requests(), random, nanoTime, view::print);
        until(DONE_WITHIN, "the work does not end", picture -> {
            submissions.next(picture.pending()).forEach(this::submit);
            nemesis.step(picture);
            return submissions.isExhausted() && nemesis.isDone();
        });
        int asked = ledger.row("demo/disable", Map.of()).number("asked");
        busyNanos = nanoTime.getAsLong();
        view.print("stopped " + asked + " schedulers; waiting for the last builds");
        until(QUIET_WITHIN, "the last builds do not end", this::isQuiet);
        view.close();
        return summary(nemesis, directory);
    }

    private boolean isReady(Picture picture) {
        List<String> ended = cluster.ended();
        if (!ended.isEmpty()) {
            throw new DemoFailed(String.join("; ", ended));
        }
        return picture.isReady(wish.masters());
    }

    private boolean isQuiet(Picture picture) {
        if (!picture.isIdle()) {
            busyNanos = nanoTime.getAsLong();
        }
        return picture.isIdle()
                && nanoTime.getAsLong() - busyNanos
                        >= cluster.buildmasters().silence().toNanos();
    }

    private void submit(Submissions.Batch batch) {
        ledger.row(
                "demo/submit",
                Map.of(
                        "builder",
                        batch.builder(),
                        "properties",
                        "{\"pace\": \"" + wish.pace() + "\"}",
                        "priority",
                        batch.priority(),
                        "reason",
                        "demo",
                        "count",
                        batch.count()));
    }

    private Summary summary(Nemesis nemesis, Path directory) {
        int refused = RefusedWrites.countedBy(cluster.httpPorts());
        return ledger.snapshot(() -> {
            Map<String, Integer> share = new LinkedHashMap<>();
            ledger.rows("demo/masters").forEach(row -> share.put(row.text("name"), row.number("completed")));
            return new Summary(
                    ledger.row("demo/counts", Map.of()),
                    cluster.buildmasters().title(),
                    cluster.witness(ledger),
                    nemesis.attempts(),
                    refused,
                    nemesis.failovers(),
                    share,
                    Optional.empty(),
                    Verification.of(ledger),
                    seconds(),
                    wish.seed(),
                    directory);
        });
    }

    private interface Look {
        boolean isEnough(Picture picture);
    }

    private void until(Duration limit, String otherwise, Look look) {
        long begin = nanoTime.getAsLong();
        while (true) {
            Picture picture = Picture.of(ledger, seconds());
            if (look.isEnough(picture)) {
                return;
            }
            if (!picture.masters().isEmpty()) {
                view.show(picture);
            }
            if (nanoTime.getAsLong() - begin > limit.toNanos()) {
                throw new DemoFailed(otherwise + " within " + limit.toSeconds() + " s: "
                        + Screen.line(picture).strip());
            }
            pause();
        }
    }

    /** Waits between two pictures for people: no notification arrives when the database changes. */
    private void pause() {
        try {
            if (interrupted.await(Pace.LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new DemoFailed("interrupted");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DemoFailed("interrupted", e);
        }
    }

    private double seconds() {
        return (nanoTime.getAsLong() - beginNanos) / 1e9;
    }
}
