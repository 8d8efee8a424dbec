package org.quorate.agent.loop;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/**
 * Logs the sentences of a loop's steps. What went well is logged at INFO when it differs from the sentence before. What
 * keeps the loop from its work is logged as a warning or an error, once, and again every few minutes while it lasts;
 * sentences that differ only in numbers, such as milliseconds, are the same. One thread, except {@link #trouble}.
 */
final class StepLog {
    static final Duration AGAIN = Duration.ofMinutes(5);
    private static final int MOST_REMEMBERED = 20;

    private final Logger log;
    private final LongSupplier nanoTime;
    private final Map<String, Said> said = new HashMap<>();
    private String last = "";
    private volatile Optional<String> trouble = Optional.empty();

    StepLog(Logger log, LongSupplier nanoTime) {
        this.log = log;
        this.nanoTime = nanoTime;
    }

    /** A trouble that was logged; both times are values of {@code nanoTime}. */
    private record Said(long firstAtNanos, long lastAtNanos) {}

    /** Returns what keeps the loop from its work; empty if its last step did it. Any thread. */
    Optional<String> trouble() {
        return trouble;
    }

    void say(Step.Taken taken) {
        if (taken.outcome() == Step.Outcome.DONE) {
            trouble = Optional.empty();
            done(taken.sentence());
        } else {
            trouble = Optional.of(taken.sentence());
            complain(taken);
        }
    }

    private void done(String sentence) {
        if (sentence.isEmpty() || sentence.equals(last)) {
            log.debug("{}", sentence);
            return;
        }
        log.info("{}", sentence);
        last = sentence;
        said.clear();
    }

    private void complain(Step.Taken taken) {
        long now = nanoTime.getAsLong();
        String kind = taken.sentence().replaceAll("[0-9]+", "#");
        Said before = said.get(kind);
        if (before != null && now - before.lastAtNanos() < AGAIN.toNanos()) {
            log.debug("{}", taken.sentence());
            return;
        }
        if (before == null && said.size() >= MOST_REMEMBERED) {
            said.clear();
        }
        said.put(kind, new Said(before == null ? now : before.firstAtNanos(), now));
        last = taken.sentence();
        String line = before == null
                ? taken.sentence()
                : taken.sentence() + " (for "
                        + Duration.ofNanos(now - before.firstAtNanos()).toMinutes() + " minutes)";
        if (taken.outcome() == Step.Outcome.HOPELESS) {
            log.error("{}", line);
        } else {
            log.warn("{}", line);
        }
    }
}
