package org.quorate.agent.supervision;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.link.Link;
import org.quorate.time.DurationOrder;

/**
 * Measures how long a buildmaster that promised heartbeats has been silent. The time is the sum of the intervals
 * between looks, each counted as no longer than planned: an agent that was itself frozen or starved could not have
 * received anything, and must not count that time. One thread.
 */
final class HangDetector {
    /** So many heartbeats may be late, however short the limit is. */
    private static final int HEARTBEATS_FORGIVEN = 5;

    private final Duration limit;
    private final Duration planned;
    private @Nullable Link listenedTo;
    private Duration length = Duration.ZERO;
    private long lookedAtNanos;

    /** {@code limit}: the longest silence; {@code planned}: the time from one look to the next. */
    HangDetector(Duration limit, Duration planned, long nowNanos) {
        this.limit = limit;
        this.planned = planned;
        this.lookedAtNanos = nowNanos;
    }

    /** Takes one look at the attached buildmaster. Returns a sentence, once, if it has been silent for too long. */
    Optional<String> look(Optional<Link> attached, long nowNanos) {
        Duration since = DurationOrder.shorter(planned, Duration.ofNanos(nowNanos - lookedAtNanos));
        lookedAtNanos = nowNanos;
        Link link = attached.orElse(null);
        boolean spoke = link != null && link.spoke();
        length = spoke || link != listenedTo ? Duration.ZERO : length.plus(since);
        listenedTo = link;
        Optional<Duration> promised = attached.flatMap(Link::promised);
        if (promised.isEmpty()
                || length.compareTo(DurationOrder.longer(limit, promised.get().multipliedBy(HEARTBEATS_FORGIVEN)))
                        <= 0) {
            return Optional.empty();
        }
        String sentence = "the buildmaster has been silent for " + length.toMillis()
                + " ms and promised a heartbeat every " + promised.get().toMillis() + " ms";
        length = Duration.ZERO;
        return Optional.of(sentence);
    }
}
