package org.quorate.faults;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The times at which the whole machine stood still: a thread of ours slept for much longer than it had asked for. A
 * master that is fenced at such a time was not fenced without a cause. Thread-safe.
 */
final class Stalls implements Runnable {
    private static final long NAP_MILLIS = 100;
    private static final Duration LEAST = Duration.ofSeconds(1);

    private final List<Stall> stalls = new CopyOnWriteArrayList<>();

    /** A time in which nothing of the harness ran. */
    record Stall(Instant began, Instant ended) {
        double seconds() {
            return Duration.between(began, ended).toMillis() / 1000.0;
        }
    }

    @Override
    public void run() {
        while (!Thread.currentThread().isInterrupted()) {
            Instant began = Instant.now();
            long beganNanos = System.nanoTime();
            Pause.millis(NAP_MILLIS);
            slept(began, Duration.ofNanos(System.nanoTime() - beganNanos));
        }
    }

    void slept(Instant began, Duration length) {
        if (length.compareTo(LEAST) >= 0) {
            stalls.add(new Stall(began, began.plus(length)));
        }
    }

    List<Stall> all() {
        return List.copyOf(stalls);
    }

    /** Returns whether there was a stall in this span. */
    boolean between(Instant from, Instant to) {
        return stalls.stream()
                .anyMatch(stall -> stall.began().isBefore(to) && stall.ended().isAfter(from));
    }
}
