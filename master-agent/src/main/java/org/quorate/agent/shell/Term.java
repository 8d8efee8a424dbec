package org.quorate.agent.shell;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.quorate.agent.shell.Configuration.Scheduler;
import org.quorate.scheduler.Ownership;

/**
 * The term of one owned scheduler: it decides for which occasion to fire next. It reads no clock; times are the
 * database's. If times were missed, since nobody owned the scheduler or this process stood still, it fires only for the
 * latest one. One thread.
 */
final class Term {
    private final Scheduler scheduler;
    private final long number;
    private final Deque<Integer> due = new ArrayDeque<>();
    private Instant lastFired;

    /** One occasion to fire: its name, its planned time and the reason of the buildset. */
    record Occasion(String text, Instant at, String reason) {}

    /** The next action: to fire, to wait this long, or, if both are empty, to wait for a message. */
    record Next(Optional<Occasion> fire, Optional<Duration> pause) {}

    /** {@code doubtful} is an occasion whose tick was sent in an earlier term and whose outcome is unknown. */
    Term(Scheduler scheduler, Ownership own, Optional<Occasion> doubtful) {
        this.scheduler = scheduler;
        this.number = own.term();
        Instant now = Instant.ofEpochMilli(own.nowEpochMillis());
        if (own.lastTickEpochSecond() > 0) {
            lastFired = Instant.ofEpochSecond(own.lastTickEpochSecond());
        } else {
            lastFired = doubtful.map(occasion -> occasion.at().minusSeconds(1)).orElse(now);
        }
        doubtful.ifPresent(occasion -> buildset(occasion).ifPresent(due::add));
    }

    private static Optional<Integer> buildset(Occasion occasion) {
        String prefix = "buildset ";
        return occasion.text().startsWith(prefix)
                ? Optional.of(Integer.parseInt(occasion.text().substring(prefix.length())))
                : Optional.empty();
    }

    Scheduler scheduler() {
        return scheduler;
    }

    long number() {
        return number;
    }

    void due(List<Integer> buildsets) {
        buildsets.stream().filter(buildset -> !due.contains(buildset)).forEach(due::add);
    }

    Next next(Instant now) {
        if (scheduler.timetable().isPresent()) {
            return byTime(scheduler.timetable().get(), now);
        }
        return new Next(
                Optional.ofNullable(due.peek())
                        .map(buildset -> new Occasion(
                                "buildset " + buildset,
                                Instant.ofEpochSecond(now.getEpochSecond()),
                                "buildset " + buildset + " of "
                                        + scheduler.upstream().orElse("?") + " succeeded")),
                Optional.empty());
    }

    private Next byTime(Timetable timetable, Instant now) {
        Instant latest = timetable.latest(now);
        if (latest.isAfter(lastFired)) {
            return new Next(
                    Optional.of(new Occasion("at " + latest, latest, scheduler.kind() + " " + latest)),
                    Optional.empty());
        }
        return new Next(Optional.empty(), Optional.of(Duration.between(now, timetable.next(now))));
    }

    /** Records that the occasion is settled, whatever its outcome, and needs no further tick. */
    void settled(Occasion occasion) {
        buildset(occasion).ifPresentOrElse(due::remove, () -> lastFired = occasion.at());
    }
}
