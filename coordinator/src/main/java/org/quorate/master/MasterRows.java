package org.quorate.master;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.quorate.time.ClockOffset;

/**
 * The masters' rows, as operators and agents last wrote them. Every method is one transaction, and may throw {@link
 * DatabaseUnreachable}.
 */
public interface MasterRows {
    /** All masters that Quorate knows. */
    List<MasterRow> list();

    /**
     * What an operator wants of a master.
     *
     * @param restart whether to end this epoch and restart the buildmaster
     * @param at the database's clock when it answered
     */
    record Orders(boolean restart, Instant at) {}

    /** Returns what an operator wants of this epoch. */
    Orders orders(Authority authority);

    /**
     * Writes into the master's row what keeps its buildmaster from running, for operators to read. Does nothing if the
     * authority is not current.
     *
     * @param trouble empty: nothing does
     */
    void publishTrouble(Authority authority, Optional<String> trouble);

    /**
     * Writes into the master's row how far its machine's clock is off, for operators to read. Does nothing if the
     * authority is not current.
     */
    void publishClock(Authority authority, ClockOffset clock);
}
