package org.quorate.demo;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.quorate.demo.cluster.Sample;

/**
 * All buildrequests that the demo submits, in batches of one builder and one priority, in an order that the seed
 * decides. A batch is submitted whenever the queue gets short, so that builds are running all the time. One thread.
 */
final class Submissions {
    private static final Map<String, Integer> WEIGHTS =
            Map.of("lint", 7, "test", 6, "checksum", 6, "docs", 6, "archive", 4, "compile", 1);
    private static final int[] PRIORITIES = {0, 0, 0, 5, 10};

    private final Deque<Batch> left;
    private final int enough;

    /** Buildrequests that are submitted together. */
    record Batch(String builder, int priority, int count) {}

    /** @param enough nothing is submitted while this many are pending */
    Submissions(List<Batch> batches, int enough) {
        this.left = new ArrayDeque<>(batches);
        this.enough = enough;
    }

    /** Creates exactly this many buildrequests, with every builder among them as far as the number allows. */
    static List<Batch> plan(int requests, Random random) {
        List<Batch> batches = new ArrayList<>();
        int missing = requests;
        while (missing > 0) {
            int most = batches.size() < Sample.BUILDERS.size() ? 5 : 9;
            int count = Math.min(missing, 3 + random.nextInt(most - 2));
            String builder =
                    batches.size() < Sample.BUILDERS.size() ? Sample.BUILDERS.get(batches.size()) : weighted(random);
            batches.add(new Batch(builder, PRIORITIES[random.nextInt(PRIORITIES.length)], count));
            missing -= count;
        }
        return batches;
    }

    private static String weighted(Random random) {
        int at = random.nextInt(
                WEIGHTS.values().stream().mapToInt(Integer::intValue).sum());
        for (String builder : Sample.BUILDERS) {
            at -= WEIGHTS.getOrDefault(builder, 1);
            if (at < 0) {
                return builder;
            }
        }
        return Sample.BUILDERS.get(0);
    }

    /** Returns the batches to submit now, while this many buildrequests are pending. */
    List<Batch> next(int pending) {
        List<Batch> now = new ArrayList<>();
        int expected = pending;
        while (expected < enough && !left.isEmpty()) {
            Batch batch = left.removeFirst();
            now.add(batch);
            expected += batch.count();
        }
        return now;
    }

    boolean isExhausted() {
        return left.isEmpty();
    }
}
