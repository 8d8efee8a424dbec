package org.quorate.claim;

import java.util.Comparator;

/**
 * The smallest order key that can still be pending for one builder, so that a claim need not walk over what was claimed
 * before. It never touches safety, only where the search begins; it is forgotten every second, on a wake-up, on a failover
 * and on a short answer.
 */
public record LowWaterMark(int negatedPriority, int submittedAt, int brid) implements Comparable<LowWaterMark> {
    /** Before every buildrequest. */
    public static final LowWaterMark LOWEST = new LowWaterMark(Integer.MIN_VALUE, Integer.MIN_VALUE, Integer.MIN_VALUE);

    private static final Comparator<LowWaterMark> ORDER = Comparator.comparingInt(LowWaterMark::negatedPriority)
            .thenComparingInt(LowWaterMark::submittedAt)
            .thenComparingInt(LowWaterMark::brid);

    /** The order of the queue, and of the row comparison in the claim. */
    @Override
    public int compareTo(LowWaterMark other) {
        return ORDER.compare(this, other);
    }
}
