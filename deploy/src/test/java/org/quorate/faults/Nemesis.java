package org.quorate.faults;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Carries out a plan. Each fault runs on a thread of its own, since several overlap, but no two hit one target. Each is
 * undone when its time is over. Can be started once.
 */
final class Nemesis {
    private final List<Fault> plan;
    private final Deeds deeds;
    private final Chronicle chronicle;
    private final Map<String, ReentrantLock> targets = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "nemesis");
        thread.setDaemon(true);
        return thread;
    });

    /** Does faults and undoes them. */
    interface Deeds {
        /** Throws {@link Impossible} if the fault cannot be done on this machine, or not now. */
        void begin(Fault fault);

        void end(Fault fault);
    }

    /** A fault that cannot be done on this machine, or not now. */
    static final class Impossible extends RuntimeException {
        Impossible(String why) {
            super(why);
        }
    }

    public Nemesis(List<Fault> plan, Deeds deeds, Chronicle chronicle) {
        this.plan = plan;
        this.deeds = deeds;
        this.chronicle = chronicle;
    }

    /** Returns when the last fault has been undone. */
    void run() {
        for (Fault fault : plan) {
            Pause.millis(fault.atMillis() - Math.round(chronicle.seconds() * 1000));
            threads.execute(() -> suffer(fault));
        }
        threads.shutdown();
        try {
            if (!threads.awaitTermination(10, TimeUnit.MINUTES)) {
                throw new IllegalStateException("a fault does not end");
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    private void suffer(Fault fault) {
        ReentrantLock target = targets.computeIfAbsent(fault.target(), name -> new ReentrantLock(true));
        target.lock();
        try {
            chronicle.began(fault);
            deeds.begin(fault);
            Pause.millis(fault.lastsMillis());
            deeds.end(fault);
            chronicle.ended(fault);
        } catch (Impossible e) {
            chronicle.skipped(fault, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            chronicle.skipped(fault, "failed: " + e);
        } finally {
            target.unlock();
        }
    }
}
