package org.quorate.claim;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.quorate.time.Deadline;

/**
 * Decides for which builders the next claim is worth a query. If a builder got as many buildrequests as it asked for,
 * its queue may hold more: query again as soon as there are free slots. If it got fewer, query once more after {@link
 * #SECOND_LOOK}, because SKIP LOCKED may have skipped rows that another agent locked and then left unclaimed. After
 * that the queue counts as empty until a hint arrives.
 *
 * <p>Each builder is judged separately, so that a builder with few slots does not wait for another builder's queue.
 *
 * <p>One thread.
 */
public final class ClaimBackoff {
    /** The time from an answer with fewer claims than were asked for to the second query. */
    public static final Duration SECOND_LOOK = Duration.ofMillis(100);

    private enum Seen {
        /** Gave fewer than were asked for; the second query is not due yet. */
        SHORT,
        /** The second query is due. */
        SHORT_AND_DUE_AGAIN,
        /** Gave fewer than were asked for twice. */
        EMPTY
    }

    private final Map<Integer, Seen> seen = new HashMap<>();
    private Deadline secondLook = new Deadline(0);

    /** Any queue may hold something again: after a hint, after a failover, and in any doubt. */
    public void forgetAll() {
        seen.clear();
    }

    /** Returns whether the queue of any wanted builder may hold a pending buildrequest. */
    public boolean isWorthALook(ClaimBudget budget) {
        return budget.wanted().stream().anyMatch(wanted -> isOpen(wanted.builderid()));
    }

    private boolean isOpen(int builderid) {
        Seen last = seen.get(builderid);
        return last == null || last == Seen.SHORT_AND_DUE_AGAIN;
    }

    /** Learns from a turn: compares what it asked for with what it got. */
    public void learn(ClaimBudget asked, List<Claim> claimed, long nowNanos) {
        boolean limited = claimed.size() >= asked.limit();
        Map<Integer, Integer> counts = new HashMap<>();
        claimed.forEach(claim -> counts.merge(claim.builderid(), 1, Integer::sum));
        for (Wanted wanted : asked.wanted()) {
            if (limited || counts.getOrDefault(wanted.builderid(), 0) >= wanted.slots()) {
                seen.remove(wanted.builderid());
            } else {
                noteShort(wanted.builderid(), nowNanos);
            }
        }
    }

    private void noteShort(int builderid, long nowNanos) {
        Seen last = seen.get(builderid);
        if (last == null) {
            seen.put(builderid, Seen.SHORT);
            secondLook = Deadline.after(SECOND_LOOK, nowNanos);
        } else if (last == Seen.SHORT_AND_DUE_AGAIN) {
            seen.put(builderid, Seen.EMPTY);
        }
    }

    /**
     * Returns whether a second query became due. It returns true only once for each, no matter how late it is called.
     */
    public boolean becameDue(long nowNanos) {
        if (!isWaiting() || !secondLook.isOver(nowNanos)) {
            return false;
        }
        seen.replaceAll((builderid, last) -> last == Seen.SHORT ? Seen.SHORT_AND_DUE_AGAIN : last);
        return true;
    }

    /** Returns whether a second query will become due. */
    public boolean isWaiting() {
        return seen.containsValue(Seen.SHORT);
    }
}
