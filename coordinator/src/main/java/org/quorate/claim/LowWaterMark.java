package org.quorate.claim;

import java.util.Comparator;

/**
 * The smallest order key that can still be pending for one builder. A claim begins its search there, so that it need
 * not walk over buildrequests that were claimed before. It never affects safety, only where the search begins. {@link
 * LowWaterMarks} says when it is forgotten.
 */
public record LowWaterMark(int negatedPriority, int submittedAt, int brid) implements Comparable<LowWaterMark> {
    /** A mark below every buildrequest. */
    public static final LowWaterMark LOWEST = new LowWaterMark(Integer.MIN_VALUE, Integer.MIN_VALUE, Integer.MIN_VALUE);

    private static final Comparator<LowWaterMark> ORDER = Comparator.comparingInt(LowWaterMark::negatedPriority)
            .thenComparingInt(LowWaterMark::submittedAt)
            .thenComparingInt(LowWaterMark::brid);

    /** Compares in the order of the queue, which is also the order of the row comparison in {@code claims/take}. */
    @Override
    public int compareTo(LowWaterMark other) {
        return ORDER.compare(this, other);
    }
}
