package org.quorate.benchmark;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.quorate.embedded.EmbeddedPostgres;
import org.quorate.sql.Schema;

/** Runs all measurements and prints them as two tables. Arguments: seconds a cell (3), repetitions (3). */
public final class Benchmark {
    private static final int PENDING = 1_000_000;
    private static final String CLUSTER = "bench";

    private Benchmark() {}

    public static void main(String[] arguments) throws Exception {
        int seconds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 3;
        int repetitions = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
        Path directory = Files.createTempDirectory("qb");
        try (EmbeddedPostgres postgres = EmbeddedPostgres.builder()
                .dataDirectory(directory.resolve("pg"))
                .setting("shared_buffers", "512MB")
                .setting("max_wal_size", "4GB")
                .setting("checkpoint_timeout", "15min")
                .start()) {
            Schema.of(postgres.jdbcUrl("postgres"), postgres.user(), postgres.password())
                    .create(CLUSTER, true);
            throughput(postgres, seconds, repetitions);
            AtRest.measure(postgres, directory, CLUSTER);
        }
    }

    private static void throughput(EmbeddedPostgres postgres, int seconds, int repetitions) throws Exception {
        System.out.println("preparing the reference and " + PENDING + " pending buildrequests ...");
        Reference reference = Reference.prepare(postgres);
        Queue queue = Queue.fill(postgres, PENDING);
        System.out.println();
        System.out.println("buildrequests claimed and completed per second, fenced and with history; ratio to the"
                + " reference (pgbench -N's transaction, 4 clients, taken just before each cell); median of "
                + repetitions);
        System.out.printf("%-8s%-8s%12s%12s%10s%n", "batch", "agents", "per second", "reference", "ratio");
        double single = 0;
        List<Double> batched = new ArrayList<>();
        for (int[] cell : new int[][] {{1, 1}, {50, 1}, {50, 2}, {50, 3}, {200, 1}}) {
            Cell result = Cell.median(reference, queue, cell[0], cell[1], seconds, repetitions);
            System.out.printf(
                    Locale.ROOT,
                    "%-8d%-8d%12.0f%12.0f%10.2f%n",
                    cell[0],
                    cell[1],
                    result.perSecond(),
                    result.reference(),
                    result.ratio());
            if (cell[0] == 1) {
                single = result.ratio();
            } else if (cell[0] == 50) {
                batched.add(result.ratio());
            }
        }
        System.out.printf(
                Locale.ROOT,
                "a batch of 50 is %.1f times as fast as single ones; with 2 and 3 agents its ratio is %.2f and %.2f"
                        + " times that with one%n%n",
                batched.get(0) / single,
                batched.get(1) / batched.get(0),
                batched.get(2) / batched.get(0));
    }
}
