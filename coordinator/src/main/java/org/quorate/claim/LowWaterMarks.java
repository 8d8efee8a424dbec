package org.quorate.claim;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.quorate.time.Deadline;

/**
 * One low-water mark for each builder: where in its queue the next claim begins to search. The index entries of claimed
 * and completed buildrequests stay until vacuum removes them, and a long transaction anywhere in the database keeps
 * them as long as it runs. Without a mark every claim would walk over all of them.
 *
 * <p>A mark is only useful while nothing pending lies below it. Each of these ends it: one second has passed (a
 * buildrequest may have an earlier time by another master's clock, and a row that was skipped may be unlocked again), a
 * hint announces work, a failover, a release by this master, and an answer with fewer claims than were asked for (the
 * whole queue was read then).
 *
 * <p>One thread.
 */
public final class LowWaterMarks {
    /** The maximum time for which a mark is used, and so for which a buildrequest below it can be overlooked. */
    public static final Duration LIFE = Duration.ofSeconds(1);

    private final Map<Integer, LowWaterMark> marks = new HashMap<>();
    private Deadline end = new Deadline(0);

    /** Returns where the search begins for this builder. */
    public LowWaterMark of(int builderid, long nowNanos) {
        forgetOld(nowNanos);
        return marks.getOrDefault(builderid, LowWaterMark.LOWEST);
    }

    /**
     * Learns from the claims of a turn.
     *
     * @param asked the budget of the turn
     * @param claimed what it got, in the order of the queue
     * @param nowNanos the monotonic clock
     */
    public void learn(ClaimBudget asked, List<Claim> claimed, long nowNanos) {
        forgetOld(nowNanos);
        boolean limited = claimed.size() >= asked.limit();
        Map<Integer, LowWaterMark> last = new HashMap<>();
        Map<Integer, Integer> counts = new HashMap<>();
        for (Claim claim : claimed) {
            last.merge(claim.builderid(), after(claim), LowWaterMarks::higher);
            counts.merge(claim.builderid(), 1, Integer::sum);
        }
        for (Wanted wanted : asked.wanted()) {
            boolean isShort = !limited && counts.getOrDefault(wanted.builderid(), 0) < wanted.slots();
            if (isShort) {
                marks.remove(wanted.builderid());
            } else {
                advance(wanted.builderid(), last.getOrDefault(wanted.builderid(), LowWaterMark.LOWEST), nowNanos);
            }
        }
    }

    /** Forgets all marks: after a hint, a release or a failover, and in any doubt. */
    public void forgetAll() {
        marks.clear();
    }

    private void advance(int builderid, LowWaterMark mark, long nowNanos) {
        if (mark.equals(LowWaterMark.LOWEST)) {
            return;
        }
        if (marks.isEmpty()) {
            end = Deadline.after(LIFE, nowNanos);
        }
        marks.merge(builderid, mark, LowWaterMarks::higher);
    }

    private void forgetOld(long nowNanos) {
        if (!marks.isEmpty() && end.isOver(nowNanos)) {
            marks.clear();
        }
    }

    private static LowWaterMark after(Claim claim) {
        return new LowWaterMark(-claim.priority(), claim.submittedAt(), claim.brid());
    }

    private static LowWaterMark higher(LowWaterMark one, LowWaterMark other) {
        return one.compareTo(other) >= 0 ? one : other;
    }
}
