package org.quorate.agent.stock;

import java.time.Duration;
import java.util.Optional;
import org.quorate.agent.supervision.HangDetector;
import org.quorate.master.StockActivity;

/**
 * How long Buildbot's own heartbeat, {@code masters.last_active}, has not changed; the values are compared with each other, never
 * with a clock. It is counted in looks, each of them no longer than it was planned, as {@link HangDetector} does. And only of a
 * buildmaster that is known to beat: Buildbot's timer ends for ever at the first error of its database, and what came back from an
 * outage without a heartbeat works on. One thread.
 */
final class StockHeartbeat {
    /** So many changes within the limit are Buildbot's: the housekeeper, who vouches for it, writes less often. */
    private static final int REGULAR = 2;

    private final Duration limit;
    private final Duration planned;
    private Optional<StockActivity.Heartbeat> last = Optional.empty();
    private int changes;
    private Duration unchanged = Duration.ZERO;
    private long lookedAtNanos;

    /** {@code limit}: what is longer is too long; {@code planned}: the longest from one look to the next. */
    StockHeartbeat(Duration limit, Duration planned, long nowNanos) {
        this.limit = limit;
        this.planned = planned;
        this.lookedAtNanos = nowNanos;
    }

    /** It has not come up yet: what it then writes is its first heartbeat. */
    void starts() {
        last = Optional.empty();
        changes = REGULAR;
        unchanged = Duration.ZERO;
    }

    /** Nothing was seen, or could be: whether it still beats must show again. */
    void forget() {
        last = Optional.empty();
        changes = 0;
        unchanged = Duration.ZERO;
    }

    /** One look; a sentence, once, if it has not changed for too long. Empty, {@code now}: it is coming up, or going. */
    Optional<String> look(Optional<StockActivity.Heartbeat> now, long nowNanos) {
        Duration since = Duration.ofNanos(nowNanos - lookedAtNanos);
        lookedAtNanos = nowNanos;
        if (now.isEmpty()) {
            starts();
            return Optional.empty();
        }
        if (last.isEmpty() || !last.get().server().equals(now.get().server())) {
            if (last.isPresent()) {
                forget();
            }
            last = now;
            return Optional.empty();
        }
        unchanged = unchanged.plus(since.compareTo(planned) < 0 ? since : planned);
        boolean late = unchanged.compareTo(limit) > 0;
        if (!last.equals(now)) {
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
