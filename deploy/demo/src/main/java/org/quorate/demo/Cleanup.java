package org.quorate.demo;

import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.quorate.demo.cluster.Cluster;
import org.quorate.demo.cluster.DemoFailed;

/**
 * Ends the cluster exactly once: at the end of the run, or when the process receives a signal to end, whichever is
 * first. Thread-safe.
 */
final class Cleanup implements AutoCloseable {
    private final CountDownLatch interrupted;
    private final Runnable farewell;
    private final Thread hook = new Thread(this::interrupt, "demo-cleanup");
    private @Nullable Cluster cluster;
    private boolean over;

    /**
     * Watches from now on.
     *
     * @param interrupted counted down when the process receives a signal to end
     * @param farewell run after the cluster was ended because of such a signal
     */
    Cleanup(CountDownLatch interrupted, Runnable farewell) {
        this.interrupted = interrupted;
        this.farewell = farewell;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Creates the cluster, and ends it at once if a signal to end has arrived meanwhile. */
    Cluster owns(Supplier<Cluster> start) {
        Cluster started = start.get();
        synchronized (this) {
            if (!over) {
                cluster = started;
                return started;
            }
        }
        started.close();
        throw new DemoFailed("interrupted");
    }

    private void interrupt() {
        interrupted.countDown();
        end();
        farewell.run();
    }

    private synchronized void end() {
        over = true;
        if (cluster != null) {
            cluster.close();
        }
    }

    @Override
    public void close() {
        end();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            interrupted.countDown(); // the process is ending: the shutdown hook is running
        }
    }
}
