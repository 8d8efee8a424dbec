package org.quorate.event;

import java.util.List;
import org.quorate.master.Authority;

/** The port to what buildmasters say to each other. Each method is one transaction and may throw DatabaseUnreachable. */
public interface Events {
    /**
     * Writes the batches, in their order, and wakes the other masters. Throws {@link org.quorate.master.Fenced}. One caller a
     * master: nothing else may be under way for it. After an unknown outcome {@link #settle} comes next.
     */
    void publish(Authority authority, Publication publication);

    /** Writes the batches unless that attempt was written before. Throws {@link org.quorate.master.Fenced}. */
    void settle(Authority authority, Publication publication);

    /** Whether another master takes part, so that there is somebody to say something to. */
    boolean hasOthers(int masterid);

    /** The greatest number of a batch that there is, 0 if there is none. */
    long newest();

    /**
     * What other masters than this one, and Quorate itself, said after the cursor; for each of them in order, and none left
     * out.
     *
     * @param limit at most so many; if there are as many, there may be more
     */
    List<Batch> read(int masterid, Cursor cursor, int limit);
}
