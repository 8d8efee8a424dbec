package org.quorate.faults;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Spans of time that are a fault's or a look's own. */
final class Pause {
    private Pause() {}

    /** Ends early when the thread is interrupted, which it stays. */
    static void millis(long millis) {
        long deadline = System.nanoTime() + millis * 1_000_000;
        for (long left = millis * 1_000_000;
                left > 0 && !Thread.currentThread().isInterrupted();
                left = deadline - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    /** Whether the fact came true in time. */
    static boolean until(BooleanSupplier fact, int seconds) {
        long deadline = System.nanoTime() + seconds * 1_000_000_000L;
        while (!fact.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            millis(250);
        }
        return true;
    }
}
