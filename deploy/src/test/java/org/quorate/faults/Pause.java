package org.quorate.faults;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits that are part of a fault or of a check. */
final class Pause {
    private Pause() {}

    /** Waits. Ends early if the thread is interrupted, and keeps its interrupted status. */
    static void millis(long millis) {
        long deadline = System.nanoTime() + millis * 1_000_000;
        for (long left = millis * 1_000_000;
                left > 0 && !Thread.currentThread().isInterrupted();
                left = deadline - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    /** Returns whether the condition became true in time. */
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
