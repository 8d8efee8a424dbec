package org.quorate.master;

import java.util.UUID;

/** One row of {@code quorate.master}, read without a lock: it may be out of date, and proves nothing. */
public record MasterRow(int masterid, String name, long epoch, UUID incarnation, State state, boolean draining) {
    /** The states of a master in the database. */
    public enum State {
        /** Its authority is current. */
        ACTIVE,
        /** Its epoch was ended; its claims are not released before the kill time has passed. */
        FENCED,
        /** It holds nothing. */
        DEAD
    }
}
