package org.quorate.master;

import java.util.List;
import java.util.Optional;

/**
 * The masters' rows, as operators and agents last wrote them. Every method is one transaction, and may throw {@link
 * DatabaseUnreachable}.
 */
public interface MasterRows {
    /** All masters that Quorate knows. */
    List<MasterRow> list();

    /** Returns whether an operator asked to end this epoch and restart the buildmaster. */
    boolean isRestartRequested(Authority authority);

    /**
     * Writes into the master's row what keeps its buildmaster from running, for operators to read. Does nothing if the
     * authority is not current.
     *
     * @param trouble empty: nothing does
     */
    void publishTrouble(Authority authority, Optional<String> trouble);
}
