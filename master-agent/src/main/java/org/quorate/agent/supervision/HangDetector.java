package org.quorate.agent.supervision;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.link.Link;
import org.quorate.time.DurationOrder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures how long a buildmaster that promised heartbeats has been silent. The time is the sum of the intervals
 * between looks, each counted as no longer than planned: an agent that was itself frozen or starved could not have
 * received anything, and must not count that time. A silent buildmaster is stalled; it hangs when it was silent for the
 * limit while work waited for it. One thread looks, any thread may read.
 */
public final class HangDetector {
    /** The planned time from one look to the next. */
    static final Duration LOOK = Duration.ofMillis(250);

    private static final Logger LOG = LoggerFactory.getLogger(HangDetector.class);
    /** So many heartbeats may be late, however short the limit is. */
    private static final int HEARTBEATS_FORGIVEN = 5;

    private final Duration limit;
    private final CopyOnWriteArrayList<Runnable> onChange = new CopyOnWriteArrayList<>();
    private volatile BooleanSupplier workWaits = () -> true;
    private volatile Duration stalled = Duration.ZERO;
    private @Nullable Link listenedTo;
    private Duration silence = Duration.ZERO;
    private Duration counted = Duration.ZERO;
    private long lookedAtNanos;

    /** {@code limit}: the longest silence while work waits. */
    public HangDetector(Duration limit, long nowNanos) {
        this.limit = limit;
        this.lookedAtNanos = nowNanos;
    }

    /** Sets what must hold while silence counts towards the limit: the buildmaster has something to do. */
    public void countOnlyWhile(BooleanSupplier work) {
        workWaits = work;
    }

    /** Adds a listener, called after a stall began or ended. The listener must only wake a loop, never act. */
    public void onChange(Runnable wake) {
        onChange.add(wake);
    }

    Duration limit() {
        return limit;
    }

    /** Returns for how long the buildmaster has been stalled; zero if it keeps its promise. Any thread. */
    public Duration silence() {
        return stalled;
    }

    /** Returns the stall as a clause, or empty if there is none. Any thread. */
    public Optional<String> sentence() {
        Duration length = stalled;
        return length.isZero()
                ? Optional.empty()
                : Optional.of("the reactor of its buildmaster has stood still for " + length.toSeconds() + " s");
    }

    /** Takes one look at the attached buildmaster. Returns a sentence, once, if it hangs. */
    Optional<String> look(Optional<Link> attached, long nowNanos) {
        Duration since = DurationOrder.shorter(LOOK, Duration.ofNanos(nowNanos - lookedAtNanos));
        lookedAtNanos = nowNanos;
        Link link = attached.orElse(null);
        boolean spoke = link != null && link.spoke();
        boolean begins = spoke || link != listenedTo;
        boolean waits = link != null && (workWaits.getAsBoolean() || link.isAwaited());
        silence = begins ? Duration.ZERO : silence.plus(since);
        counted = begins ? Duration.ZERO : waits ? counted.plus(since) : counted;
        listenedTo = link;
        Optional<Duration> forgiven =
                attached.flatMap(Link::promised).map(beat -> beat.multipliedBy(HEARTBEATS_FORGIVEN));
        note(forgiven.filter(least -> silence.compareTo(least) >= 0).map(least -> silence));
        if (forgiven.isEmpty() || counted.compareTo(DurationOrder.longer(limit, forgiven.get())) <= 0) {
            return Optional.empty();
        }
        String sentence = "the buildmaster has been silent for " + silence.toMillis()
                + " ms and promised a heartbeat every "
                + attached.flatMap(Link::promised).orElseThrow().toMillis() + " ms";
        counted = Duration.ZERO;
        return Optional.of(sentence);
    }

    private void note(Optional<Duration> stall) {
        Duration before = stalled;
        stalled = stall.orElse(Duration.ZERO);
        if (before.isZero() == stalled.isZero()) {
            return;
        }
        if (before.isZero()) {
            LOG.warn(
                    "the buildmaster's reactor has stood still for {} s; its builds go on, and it is stopped after {} s"
                            + " in which work waits for it (buildmaster.hang_limit)",
                    stalled.toSeconds(),
                    limit.toSeconds());
        } else {
            LOG.info("the buildmaster's reactor runs again, after it stood still for {} s", before.toSeconds());
        }
        onChange.forEach(Runnable::run);
    }
}
