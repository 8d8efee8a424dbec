package org.quorate.claim;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which builders' queues are worth asking the database for. A queue that gave a builder all that it asked for may hold
 * more, and is asked again as soon as there is room. One that gave less is looked at once more a little later, since SKIP
 * LOCKED may have walked past rows that another agent locked and then left; after that it counts as empty until a hint.
 *
 * <p>Each builder is judged by itself: a builder with few slots must not wait for another one's queue.
 *
 * <p>One thread.
 */
public final class ClaimBackoff {
    /** From a short answer to the second look. */
    public static final Duration SECOND_LOOK = Duration.ofMillis(100);

    private enum Seen {
        SHORT,
        SHORT_AND_DUE_AGAIN,
        EMPTY
    }

    private final Map<Integer, Seen> seen = new HashMap<>();
    private long shortSinceNanos;

    /** There may be something anywhere: a hint, a failover, any doubt. */
    public void forgetAll() {
        seen.clear();
    }

    /** Whether any of the wanted builders may have something pending. */
    public boolean isWorthALook(ClaimBudget budget) {
        return budget.wanted().stream().anyMatch(wanted -> isOpen(wanted.builderid()));
    }

    private boolean isOpen(int builderid) {
        Seen last = seen.get(builderid);
        return last == null || last == Seen.SHORT_AND_DUE_AGAIN;
    }

    /** Learns from a turn: what it asked for, and what it was given. */
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
            shortSinceNanos = nowNanos;
        } else if (last == Seen.SHORT_AND_DUE_AGAIN) {
            seen.put(builderid, Seen.EMPTY);
        }
    }

    /** Whether a second look became due; true once, however long nobody asks. */
    public boolean becameDue(long nowNanos) {
        if (!isWaiting() || nowNanos - shortSinceNanos < SECOND_LOOK.toNanos()) {
            return false;
        }
        seen.replaceAll((builderid, last) -> last == Seen.SHORT ? Seen.SHORT_AND_DUE_AGAIN : last);
        return true;
    }

    /** Whether a second look will become due. */
    public boolean isWaiting() {
        return seen.containsValue(Seen.SHORT);
    }
}
