package org.quorate.agent.loop;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A named thread that takes steps: whenever it is woken, and at the latest after the time that the last step returned.
 * A step's sentence is logged at INFO if it differs from the last one. Thread-safe.
 */
public final class Loop implements AutoCloseable {
    private static final Duration AFTER_A_FAILURE = Duration.ofSeconds(1);

    private final String name;
    private final Step step;
    private final LongSupplier nanoTime;
    private final Logger log;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean woken;
    private boolean closed;
    private String last = "";
    private volatile long beganAtNanos;
    private volatile Duration period = AFTER_A_FAILURE;

    public Loop(String name, Step step, LongSupplier nanoTime) {
        this.name = name;
        this.step = step;
        this.nanoTime = nanoTime;
        this.log = LoggerFactory.getLogger("org.quorate." + name);
        this.thread = new Thread(this::run, "quorate-" + name);
        thread.setDaemon(true);
    }

    public String name() {
        return name;
    }

    public void start() {
        beganAtNanos = nanoTime.getAsLong();
        thread.start();
    }

    /** Asks for a step soon. May be called from any thread, also from a callback of a client library. */
    public void wake() {
        lock.lock();
        try {
            woken = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Returns how long ago the loop last began a step. */
    public Duration age() {
        return Duration.ofNanos(nanoTime.getAsLong() - beganAtNanos);
    }

    /** Returns the longest time that the loop plans to wait between two steps. */
    public Duration period() {
        return period;
    }

    private void run() {
        while (true) {
            beganAtNanos = nanoTime.getAsLong();
            Duration next = taken();
            period = next;
            if (!awaited(next)) {
                return;
            }
        }
    }

    private Duration taken() {
        try {
            Step.Taken taken = step.take();
            logSentence(taken.sentence());
            return taken.next();
        } catch (RuntimeException e) {
            logSentence(e.getClass().getSimpleName() + ": " + e.getMessage());
            log.debug("the step failed", e);
            return AFTER_A_FAILURE;
        } catch (Error e) {
            // out of memory, for example: a loop that ended here could not fence any more
            log.error("the step failed and is taken again: {}", e.toString());
            log.debug("the step failed", e);
            return AFTER_A_FAILURE;
        }
    }

    private void logSentence(String sentence) {
        if (sentence.isEmpty() || sentence.equals(last)) {
            log.debug("{}", sentence);
        } else {
            log.info("{}", sentence);
            last = sentence;
        }
    }

    /** Waits for the next step. Returns false if the loop is closed. */
    private boolean awaited(Duration next) {
        lock.lock();
        try {
            long left = next.toNanos();
            while (!woken && !closed && left > 0) {
                left = changed.awaitNanos(left);
            }
            woken = false;
            return !closed;
        } catch (InterruptedException e) {
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** Returns when the current step has ended; closing twice, or before start, is fine. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (thread == Thread.currentThread()) {
            return;
        }
        try {
            thread.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
