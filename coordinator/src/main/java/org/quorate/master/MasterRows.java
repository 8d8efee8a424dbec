package org.quorate.master;

import java.util.List;

/**
 * The masters' rows, as operators and agents last wrote them. Every method is one transaction, and may throw {@link
 * DatabaseUnreachable}.
 */
public interface MasterRows {
    /** All masters that Quorate knows. */
    List<MasterRow> list();

    /** Returns whether an operator asked to end this epoch and restart the buildmaster. */
    boolean isRestartRequested(Authority authority);
}
