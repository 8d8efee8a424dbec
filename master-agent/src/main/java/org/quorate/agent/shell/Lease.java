package org.quorate.agent.shell;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.quorate.time.Deadline;

/**
 * The lease: how long this buildmaster may go on without another message of its agent, on the monotonic clock. Once
 * over, it stays over. Thread-safe.
 */
final class Lease {
    private final LongSupplier nanoTime;
    private @Nullable Deadline end;
    private boolean over;

    Lease(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * Renews the lease. It counts from when the agent sent it, if both share a clock, so that a message that waited in
     * the socket while this process was frozen gives no new trust; otherwise from its receipt. A longer lease that was
     * granted before stays valid: an agent that has just restarted may have less trust than the one before it.
     */
    void renew(Duration remaining, long sentNanos) {
        long received = nanoTime.getAsLong();
        long from = received - sentNanos >= 0 ? sentNanos : received;
        synchronized (this) {
            if (!isOver()) {
                Deadline renewed = Deadline.after(remaining, from);
                end = end == null ? renewed : end.later(renewed);
            }
        }
    }

    /** Returns whether the lease ended; a lease that never began has not ended. */
    synchronized boolean isOver() {
        over = over || (end != null && end.isOver(nanoTime.getAsLong()));
        return over;
    }

    /** Returns whether builds may be started and ticks requested. */
    synchronized boolean isGood() {
        return end != null && !isOver();
    }
}
