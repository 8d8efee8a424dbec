package org.quorate.agent.claiming;

import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.quorate.agent.authority.NotNow;
import org.quorate.agent.inbox.InboxRequest;
import org.quorate.claim.Attempt;
import org.quorate.time.Deadline;
import org.quorate.time.DurationOrder;

/**
 * The completions and releases that the database could not take, because another session has locked their buildrequests
 * or because it fails for them. Each is tried again after a pause that grows. Meanwhile the buildmaster waits for its
 * answer, and the claim stays held. One thread.
 */
final class PostponedEnds {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final Map<Attempt, Due> waiting = new LinkedHashMap<>();
    private final Map<Attempt, Integer> tries = new HashMap<>();

    private record Due(InboxRequest request, Deadline next) {}

    /** Keeps a request until its pause is over. */
    void postpone(Attempt attempt, InboxRequest request, long nowNanos) {
        int before = tries.merge(attempt, 1, Integer::sum) - 1;
        Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(before, 10));
        Deadline next = Deadline.after(DurationOrder.shorter(pause, LONGEST_PAUSE), nowNanos);
        Due replaced = waiting.put(attempt, new Due(request, next));
        if (replaced != null) {
            replaced.request().reject(new NotNow("the buildmaster sent it again"));
        }
    }

    /** Forgets how often this attempt was tried: it has ended. */
    void ended(Attempt attempt) {
        tries.remove(attempt);
    }

    /** Moves the requests whose pause is over to the others. */
    void moveDue(List<InboxRequest> others, long nowNanos) {
        for (Iterator<Due> each = waiting.values().iterator(); each.hasNext(); ) {
            Due due = each.next();
            if (due.next().isOver(nowNanos)) {
                others.add(due.request());
                each.remove();
            }
        }
    }

    /** Moves all requests to the others. */
    void moveAll(List<InboxRequest> others) {
        waiting.values().forEach(due -> others.add(due.request()));
        waiting.clear();
        tries.clear();
    }

    /** Returns the time until the first pause is over; empty if nothing waits. */
    Optional<Duration> next(long nowNanos) {
        return waiting.values().stream()
                .map(due -> due.next().remaining(nowNanos))
                .min(Duration::compareTo);
    }
}
