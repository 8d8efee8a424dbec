package org.quorate.agent.stock;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.quorate.master.StockActivity;
import org.quorate.time.DurationOrder;

/**
 * Measures how long Buildbot's own heartbeat, {@code masters.last_active}, has not changed. The values are compared
 * with each other, never with a clock. The time is the sum of the intervals between looks, each counted as no longer
 * than planned, as {@code HangDetector} does. It judges only after the heartbeat was seen to advance: Buildbot's timer
 * dies at its first database error, and a buildmaster that has no heartbeat after an outage still works. One thread.
 */
final class StockHeartbeat {
    /**
     * So many changes within the limit come from Buildbot: the housekeeper, which refreshes the value, writes less
     * often.
     */
    private static final int REGULAR = 2;

    private final Duration limit;
    private final Duration planned;
    private StockActivity.@Nullable Heartbeat last;
    private int changes;
    private Duration unchanged = Duration.ZERO;
    private long lookedAtNanos;

    /**
     * {@code limit}: the longest time without a change; {@code planned}: the longest time from one look to the next.
     */
    StockHeartbeat(Duration limit, Duration planned, long nowNanos) {
        this.limit = limit;
        this.planned = planned;
        this.lookedAtNanos = nowNanos;
    }

    /** Starts anew: the buildmaster has not come up yet, and its first write is its first heartbeat. */
    void starts() {
        last = null;
        changes = REGULAR;
        unchanged = Duration.ZERO;
    }

    /** Forgets what was seen: the heartbeat could not be watched, and must be seen to advance again. */
    void forget() {
        last = null;
        changes = 0;
        unchanged = Duration.ZERO;
    }

    /**
     * Takes one look. Returns a sentence, once, if the heartbeat has not changed for too long. An empty {@code seen}
     * means that the buildmaster is starting or stopping.
     */
    Optional<String> look(Optional<StockActivity.Heartbeat> seen, long nowNanos) {
        Duration since = Duration.ofNanos(nowNanos - lookedAtNanos);
        lookedAtNanos = nowNanos;
        if (seen.isEmpty()) {
            starts();
            return Optional.empty();
        }
        StockActivity.Heartbeat now = seen.get();
        if (last == null || !last.server().equals(now.server())) {
            if (last != null) {
                forget();
            }
            last = now;
            return Optional.empty();
        }
        unchanged = unchanged.plus(DurationOrder.shorter(since, planned));
        boolean late = unchanged.compareTo(limit) > 0;
        if (!now.equals(last)) {
            changes = late ? 1 : changes + 1;
            unchanged = Duration.ZERO;
            last = now;
            return Optional.empty();
        }
        if (!late || changes < REGULAR) {
            return Optional.empty();
        }
        String sentence =
                "the buildmaster's heartbeat in the database has stood still for " + unchanged.toSeconds() + " s";
        forget();
        return Optional.of(sentence);
    }
}
