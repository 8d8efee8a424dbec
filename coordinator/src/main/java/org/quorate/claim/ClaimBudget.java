package org.quorate.claim;

import java.util.ArrayList;
import java.util.List;

/**
 * How many buildrequests the next turn may claim: for each builder, and in total. Never claim more than the free slots
 * can run: a claim that waits on one master keeps the buildrequest from all other masters.
 *
 * @param wanted the builders with free slots, each with the position in its queue where the search begins
 * @param limit the maximum number of claims over all builders; 0 when nothing is to be claimed
 */
public record ClaimBudget(List<Wanted> wanted, int limit) {
    /** Nothing to claim. */
    public static final ClaimBudget NOTHING = new ClaimBudget(List.of(), 0);

    public ClaimBudget {
        wanted = List.copyOf(wanted);
    }

    /**
     * The free slots of one builder.
     *
     * @param free how many more of its builds may run on this master now
     */
    public record Room(int builderid, int free) {}

    /**
     * Computes the budget of one turn.
     *
     * @param free how many more builds may run on this master now
     * @param batch the maximum number of claims in one turn
     * @param rooms the free slots of each builder
     */
    public static ClaimBudget of(int free, int batch, List<Room> rooms, LowWaterMarks marks, long nowNanos) {
        int limit = Math.max(0, Math.min(batch, free));
        List<Wanted> wanted = new ArrayList<>();
        long sum = 0;
        for (Room room : rooms) {
            int slots = Math.min(room.free(), limit);
            if (slots > 0) {
                wanted.add(new Wanted(room.builderid(), slots, marks.of(room.builderid(), nowNanos)));
                sum += slots;
            }
        }
        return wanted.isEmpty() ? NOTHING : new ClaimBudget(wanted, (int) Math.min(limit, sum));
    }

    public boolean isNothing() {
        return limit == 0;
    }
}
