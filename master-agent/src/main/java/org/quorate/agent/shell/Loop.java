package org.quorate.agent.shell;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that makes decisions. It lives as long as the buildmaster, since the kernel kills the processes that
 * it starts when it ends.
 */
final class Loop implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Loop.class);

    private final ScheduledExecutorService executor;
    private volatile @Nullable Thread thread;

    public Loop() {
        ScheduledThreadPoolExecutor pool = new ScheduledThreadPoolExecutor(1, task -> {
            Thread made = new Thread(task, "shell-buildmaster");
            thread = made;
            return made;
        });
        pool.setRemoveOnCancelPolicy(true);
        pool.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        executor = pool;
    }

    /** Runs a task on the loop: at once if called there, otherwise after the tasks that already wait. */
    void run(Runnable task) {
        if (Thread.currentThread() == thread) {
            guarded(task);
            return;
        }
        try {
            executor.execute(() -> guarded(task));
        } catch (RejectedExecutionException e) {
            LOG.debug("too late: the loop has ended");
        }
    }

    Future<?> after(Duration pause, Runnable task) {
        return executor.schedule(() -> guarded(task), pause.toNanos(), TimeUnit.NANOSECONDS);
    }

    void every(Duration pause, Runnable task) {
        var unused = executor.scheduleWithFixedDelay(
                () -> guarded(task), pause.toNanos(), pause.toNanos(), TimeUnit.NANOSECONDS);
    }

    private static void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            LOG.error("a step failed because of a fault of this program: report it", e);
        }
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
