package org.quorate.agent.supervision;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.link.Link;

/**
 * How long a buildmaster that promised to say something has said nothing. It is counted in looks, each of them no longer than it
 * was planned: an agent that was frozen or starved itself could not have heard, and blames nobody. One thread.
 */
public final class HangDetector {
    /** However short the limit, some words may be late. */
    private static final int HEARTBEATS_FORGIVEN = 5;

    private final Duration limit;
    private final Duration planned;
    private @Nullable Link listenedTo;
    private Duration length = Duration.ZERO;
    private long lookedAtNanos;

    /** {@code limit}: what is longer is too long; {@code planned}: from one look to the next. */
    HangDetector(Duration limit, Duration planned, long nowNanos) {
        this.limit = limit;
        this.planned = planned;
        this.lookedAtNanos = nowNanos;
    }

    /** One look at who is attached; a sentence, once, if it has been silent for too long. */
    Optional<String> look(Optional<Link> attached, long nowNanos) {
        Duration since = shorter(planned, Duration.ofNanos(nowNanos - lookedAtNanos));
        lookedAtNanos = nowNanos;
        Link link = attached.orElse(null);
        boolean spoke = link != null && link.spoke();
        length = spoke || link != listenedTo ? Duration.ZERO : length.plus(since);
        listenedTo = link;
        Optional<Duration> promised = attached.flatMap(Link::promised);
        if (promised.isEmpty()
                || length.compareTo(longer(limit, promised.get().multipliedBy(HEARTBEATS_FORGIVEN))) <= 0) {
            return Optional.empty();
        }
        String sentence = "the buildmaster has said nothing for " + length.toMillis() + " ms and promised a word every "
                + promised.get().toMillis() + " ms";
        length = Duration.ZERO;
        return Optional.of(sentence);
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }
}
