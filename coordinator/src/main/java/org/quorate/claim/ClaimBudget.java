package org.quorate.claim;

import java.util.ArrayList;
import java.util.List;

/**
 * How many buildrequests the next turn may take: per builder, and in total. What does not fit into the free slots is never
 * claimed, since a claim that waits on one master keeps the buildrequest from all others.
 *
 * @param wanted the builders with free slots, with where to begin in their queues
 * @param limit at most this many over all builders; 0 when nothing is to be claimed
 */
public record ClaimBudget(List<Wanted> wanted, int limit) {
    /** Nothing to claim. */
    public static final ClaimBudget NOTHING = new ClaimBudget(List.of(), 0);

    public ClaimBudget {
        wanted = List.copyOf(wanted);
    }

    /**
     * One builder's room.
     *
     * @param free how many more builds of it may run on this master now
     */
    public record Room(int builderid, int free) {}

    /**
     * The budget of one turn.
     *
     * @param free how many more builds may run on this master now
     * @param batch at most this many claims in one turn
     */
    public static ClaimBudget of(int free, int batch, List<Room> rooms, LowWaterMarks floors, long nowNanos) {
        int limit = Math.max(0, Math.min(batch, free));
        List<Wanted> wanted = new ArrayList<>();
        long sum = 0;
        for (Room room : rooms) {
            int slots = Math.min(room.free(), limit);
            if (slots > 0) {
                wanted.add(new Wanted(room.builderid(), slots, floors.of(room.builderid(), nowNanos)));
                sum += slots;
            }
        }
        return wanted.isEmpty() ? NOTHING : new ClaimBudget(wanted, (int) Math.min(limit, sum));
    }

    public boolean isNothing() {
        return limit == 0;
    }
}
