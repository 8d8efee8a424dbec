package org.quorate.event;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * What one buildmaster has heard: for each master the number of its last batch. Where it has heard nothing of a master yet, it
 * begins after the floor, the greatest number that there was when it first listened; so whoever joins later is heard from the
 * first word on. Immutable.
 */
public record Cursor(Map<Integer, Long> heard, long floor) {
    public Cursor {
        heard = Map.copyOf(heard);
    }

    /**
     * Goes on where a buildmaster is. It keeps the floor for us, as if its own master had said it, of which it otherwise hears
     * nothing. If it lost that, the least number that it names is the floor.
     *
     * @param heard as the buildmaster tells; empty: it listens for the first time
     * @param self its own master
     * @param newest answers the greatest number that there is; asked only when it listens for the first time
     */
    public static Cursor resumed(Map<Integer, Long> heard, int self, LongSupplier newest) {
        if (heard.isEmpty()) {
            return new Cursor(heard, newest.getAsLong());
        }
        return new Cursor(heard, heard.getOrDefault(self, Collections.min(heard.values())));
    }

    /** The first thing that a buildmaster is told: nothing, said by its own master, so that it keeps the floor. */
    public Batch greeting(int self) {
        return new Batch(self, floor, "[]");
    }

    /** After this batch was heard. */
    public Cursor after(Batch batch) {
        Map<Integer, Long> further = new HashMap<>(heard);
        further.merge(batch.masterid(), batch.seq(), Math::max);
        return new Cursor(further, floor);
    }
}
