package org.quorate.event;

import java.util.List;
import org.quorate.master.Authority;

/**
 * The port to the events between buildmasters. Each method is one transaction, and may throw {@link
 * org.quorate.master.DatabaseUnreachable}.
 */
public interface Events {
    /**
     * Writes the batches in their order, and wakes the other masters. Throws {@link org.quorate.master.Fenced}. Each
     * master has one caller, and only one call at a time. After an unknown outcome the caller must call {@link #settle}
     * next.
     */
    void publish(Authority authority, Publication publication);

    /** Writes the batches unless the same attempt was written before. Throws {@link org.quorate.master.Fenced}. */
    void settle(Authority authority, Publication publication);

    /** Returns whether another master takes part, so that there is somebody to receive events. */
    boolean hasOthers(int masterid);

    /** Returns the greatest number of a batch, 0 if there is none. */
    long newest();

    /**
     * Returns the greatest number that this database has given to a batch, whether the batch still exists or not. It
     * becomes smaller only when the database goes back to an earlier state, as by a restore.
     */
    long issued();

    /**
     * Returns the batches that other masters, and Quorate itself, published after the cursor. The batches of each
     * master are in order and without a gap.
     *
     * @param limit the maximum number of batches; if as many are returned, there may be more
     */
    List<Batch> read(int masterid, Cursor cursor, int limit);
}
