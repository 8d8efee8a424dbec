package org.quorate.agent.loop;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A named thread that takes steps: whenever it is woken, and at the latest after the time that the last step returned.
 * After a refusal it pauses for longer, see {@link Pauses}; how a step's sentence is logged, see {@link StepLog}.
 * Thread-safe.
 */
public final class Loop implements AutoCloseable {
    private static final Duration AFTER_A_FAILURE = Duration.ofSeconds(1);

    private final String name;
    private final Step step;
    private final Pauses pauses;
    private final LongSupplier nanoTime;
    private final Logger log;
    private final StepLog stepLog;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean woken;
    private boolean closed;
    private volatile long beganAtNanos;
    private volatile Duration period = AFTER_A_FAILURE;

    Loop(String name, Step step, Pauses pauses, LongSupplier nanoTime) {
        this.name = name;
        this.step = step;
        this.pauses = pauses;
        this.nanoTime = nanoTime;
        this.log = LoggerFactory.getLogger("org.quorate." + name);
        this.stepLog = new StepLog(log, nanoTime);
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

    /** Returns what keeps the loop from its work, as its last step said it; empty if that step did its work. */
    public Optional<String> trouble() {
        return stepLog.trouble();
    }

    private void run() {
        while (true) {
            beganAtNanos = nanoTime.getAsLong();
            Step.Taken taken = taken();
            stepLog.log(taken);
            Pauses.Pause pause = pauses.after(taken);
            period = pause.most();
            if (!awaited(pause)) {
                return;
            }
        }
    }

    private Step.Taken taken() {
        try {
            return step.take();
        } catch (RuntimeException e) {
            log.debug("the step failed", e);
            return failed(e);
        } catch (Error e) {
            // out of memory, for example: a loop that ended here could not fence any more
            log.error("the step failed and is taken again: {}", e.toString());
            log.debug("the step failed", e);
            return failed(e);
        }
    }

    private static Step.Taken failed(Throwable e) {
        return new Step.Taken(e.getClass().getSimpleName() + ": " + Reason.of(e), AFTER_A_FAILURE, Step.Outcome.FAILED);
    }

    /** Waits for the next step. Returns false if the loop is closed. */
    private boolean awaited(Pauses.Pause pause) {
        lock.lock();
        try {
            long left = pause.most().toNanos();
            long leftWhenAWakeCounts = left - pause.least().toNanos();
            while (!closed && left > 0 && !(woken && left <= leftWhenAWakeCounts)) {
                long asked = woken ? left - leftWhenAWakeCounts : left;
                left -= asked - changed.awaitNanos(asked);
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
