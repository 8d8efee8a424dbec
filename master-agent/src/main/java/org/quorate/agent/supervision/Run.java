package org.quorate.agent.supervision;

import java.time.Duration;
import org.quorate.agent.inbox.AttachedBuildmaster;

/** One run of the buildmaster's process: whether it connected, and whether it ran well. One thread. */
final class Run {
    /** A buildmaster that was connected for this long ran well. */
    private static final Duration GOOD = Duration.ofSeconds(10);
    /** A stock buildmaster, which never connects, ran well if it lived for this long. */
    private static final Duration GOOD_STOCK = Duration.ofMinutes(1);

    private final long attachments;
    private final boolean stock;
    private long sinceNanos;
    private boolean connected;
    private boolean good;

    /** {@code attachments}: how many buildmasters had attached before it began. */
    Run(long attachments, long beganAtNanos, boolean stock) {
        this.attachments = attachments;
        this.sinceNanos = beganAtNanos;
        this.stock = stock;
    }

    void look(AttachedBuildmaster attached, long nowNanos) {
        if (!connected && attached.current().isPresent()) {
            connected = true;
            sinceNanos = nowNanos;
        }
        Duration length = Duration.ofNanos(nowNanos - sinceNanos);
        good |= (connected || stock) && length.compareTo(stock ? GOOD_STOCK : GOOD) >= 0;
    }

    boolean hasConnected() {
        return connected;
    }

    /** Returns whether it may have been attached, if only between two looks. */
    boolean mayHaveConnected(AttachedBuildmaster attached) {
        return connected || attached.attachments() != attachments;
    }

    boolean isGood() {
        return good;
    }
}
