package org.quorate.event;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The position of one buildmaster in the events: for each other master the number of the last batch that it received.
 * For a master that it has not heard of yet it begins after the floor, which is the greatest number at the time when it
 * first listened; so it receives every batch of a master that joins later. Immutable.
 */
public record Cursor(Map<Integer, Long> heard, long floor) {
    public Cursor {
        heard = Map.copyOf(heard);
    }

    /**
     * Continues at the position that a buildmaster sends. The buildmaster also stores the floor for us, under its own
     * master's id, from which it otherwise receives nothing. If it lost that entry, the smallest number that it sends
     * is the floor.
     *
     * @param heard the numbers that the buildmaster sends; empty if it listens for the first time
     * @param self its own master
     * @param newest returns the greatest number that exists; called only when it listens for the first time
     */
    public static Cursor resumed(Map<Integer, Long> heard, int self, LongSupplier newest) {
        if (heard.isEmpty()) {
            return new Cursor(heard, newest.getAsLong());
        }
        return new Cursor(heard, heard.getOrDefault(self, Collections.min(heard.values())));
    }

    /**
     * Returns the first batch that is sent to a buildmaster: an empty one under its own master's id, so that it stores
     * the floor.
     */
    public Batch greeting(int self) {
        return new Batch(self, floor, "[]");
    }

    /** Returns the greatest number in the position. */
    public long last() {
        return heard.values().stream().reduce(floor, Math::max);
    }

    /** Returns whether the position is beyond the greatest number that the database has issued. */
    public boolean isBeyond(long issued) {
        return last() > issued;
    }

    /**
     * Returns the batches that move the position of the buildmaster back to this cursor's floor: an empty one for each
     * master that it had heard, and the greeting.
     *
     * @param before the cursor that is beyond what the database has issued
     */
    public List<Batch> correction(Cursor before, int self) {
        List<Batch> batches = new ArrayList<>();
        before.heard.keySet().stream()
                .filter(masterid -> masterid != self)
                .sorted()
                .forEach(masterid -> batches.add(new Batch(masterid, floor, "[]")));
        batches.add(greeting(self));
        return batches;
    }

    /** Returns the cursor after this batch was received. */
    public Cursor after(Batch batch) {
        Map<Integer, Long> further = new HashMap<>(heard);
        further.merge(batch.masterid(), batch.seq(), Math::max);
        return new Cursor(further, floor);
    }
}
