package org.quorate.master;

import java.util.List;

/**
 * The masters' rows, as operators and agents last wrote them. Every method is one transaction, and may throw {@link
 * DatabaseUnreachable}.
 */
public interface MasterRows {
    /** All masters that Quorate knows. */
    List<MasterRow> list();

    /** Whether an operator wants this epoch to end, with its buildmaster. */
    boolean isRecycled(Authority authority);
}
