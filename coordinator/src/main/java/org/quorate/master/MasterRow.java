package org.quorate.master;

import java.util.UUID;

/** One row of {@code quorate.master}, as read without a lock: a picture, never a proof. */
public record MasterRow(int masterid, String name, long epoch, UUID incarnation, State state, boolean draining) {
    /** The life of a master in the database. */
    public enum State {
        /** Its authority is current. */
        ACTIVE,
        /** Its epoch was ended; its claims wait for the kill time to pass. */
        FENCED,
        /** It holds nothing. */
        DEAD
    }
}
