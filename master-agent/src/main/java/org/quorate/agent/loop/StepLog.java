package org.quorate.agent.loop;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.quorate.time.Deadline;
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
    private final Map<String, Warned> warned = new HashMap<>();
    private String last = "";
    private volatile @Nullable String trouble;

    StepLog(Logger log, LongSupplier nanoTime) {
        this.log = log;
        this.nanoTime = nanoTime;
    }

    /** A trouble that was logged first at {@code sinceNanos}, and is logged again when {@code again} is over. */
    private record Warned(long sinceNanos, Deadline again) {}

    /** Returns what keeps the loop from its work; empty if its last step did it. Any thread. */
    Optional<String> trouble() {
        return Optional.ofNullable(trouble);
    }

    void log(Step.Taken taken) {
        if (taken.outcome() == Step.Outcome.DONE) {
            trouble = null;
            inform(taken.sentence());
        } else {
            trouble = taken.sentence();
            warn(taken);
        }
    }

    private void inform(String sentence) {
        if (sentence.isEmpty() || sentence.equals(last)) {
            log.debug("{}", sentence);
            return;
        }
        log.info("{}", sentence);
        last = sentence;
        warned.clear();
    }

    private void warn(Step.Taken taken) {
        long now = nanoTime.getAsLong();
        String kind = taken.sentence().replaceAll("[0-9]+", "#");
        Warned before = warned.get(kind);
        if (before != null && !before.again().isOver(now)) {
            log.debug("{}", taken.sentence());
            return;
        }
        if (before == null && warned.size() >= MOST_REMEMBERED) {
            warned.clear();
        }
        long since = before == null ? now : before.sinceNanos();
        warned.put(kind, new Warned(since, Deadline.after(AGAIN, now)));
        last = taken.sentence();
        String line = before == null
                ? taken.sentence()
                : taken.sentence() + " (for " + Duration.ofNanos(now - since).toMinutes() + " minutes)";
        if (taken.outcome() == Step.Outcome.HOPELESS) {
            log.error("{}", line);
        } else {
            log.warn("{}", line);
        }
    }
}
