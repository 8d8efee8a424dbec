package org.quorate.benchmark;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** One measured combination of batch and agents, with the reference that was taken just before it. */
record Cell(double perSecond, double reference) {
    double ratio() {
        return perSecond / reference;
    }

    /** Returns the repetition whose ratio is the median. */
    static Cell median(Reference reference, Queue queue, int batch, int agents, int seconds, int repetitions)
            throws Exception {
        List<Cell> cells = new ArrayList<>();
        for (int repetition = 0; repetition < repetitions; repetition++) {
            double per = reference.measure(Math.max(1, seconds / 2));
            cells.add(new Cell(measure(queue, batch, agents, seconds), per));
        }
        cells.sort(Comparator.comparingDouble(Cell::ratio));
        return cells.get(cells.size() / 2);
    }

    private static double measure(Queue queue, int batch, int agents, int seconds) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(agents);
        try {
            long began = System.nanoTime();
            long until = began + seconds * 1_000_000_000L;
            List<Callable<Integer>> work = new ArrayList<>();
            for (int agent = 0; agent < agents; agent++) {
                String master = "bench-" + agent;
                work.add(() -> queue.work(master, batch, until));
            }
            int completed = 0;
            for (Future<Integer> done : threads.invokeAll(work)) {
                completed += done.get();
            }
            return completed / ((System.nanoTime() - began) / 1e9);
        } finally {
            threads.shutdown();
        }
    }
}
