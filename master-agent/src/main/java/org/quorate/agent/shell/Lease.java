package org.quorate.agent.shell;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How long this buildmaster may go on without hearing from its agent, on the monotonic clock. Once over, it stays over.
 * Thread-safe.
 */
final class Lease {
    private final LongSupplier nanoTime;
    private boolean granted;
    private boolean over;
    private long deadline;

    Lease(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * Counts from when the agent said it, if its clock is ours, so that a message which lay in the socket while this process
     * was frozen gives no new trust; else from its receipt. What was granted before stays granted: an agent that has just been
     * restarted has not yet earned as much as the one before it.
     */
    void renew(Duration remaining, long saidNanos) {
        long received = nanoTime.getAsLong();
        long from = received - saidNanos >= 0 ? saidNanos : received;
        synchronized (this) {
            if (!isOver()) {
                long until = from + remaining.toNanos();
                deadline = granted && deadline - until > 0 ? deadline : until;
                granted = true;
            }
        }
    }

    /** Whether it ended; one that never began has not. */
    synchronized boolean isOver() {
        over = over || (granted && nanoTime.getAsLong() - deadline >= 0);
        return over;
    }

    /** Whether builds may be started and ticks asked for. */
    synchronized boolean isGood() {
        return granted && !isOver();
    }
}
