package org.quorate.claim;

import java.util.Collection;
import java.util.List;
import org.quorate.master.Authority;
import org.quorate.master.Fenced;

/**
 * The port through which claims, completions and releases are committed. Each method may throw {@link
 * org.quorate.master.DatabaseUnreachable} (nothing was committed) and {@link Fenced}.
 */
public interface Claims {
    /**
     * Runs T2, T3 and T8 as one transaction. If the outcome of the commit is unknown, this method looks the attempts up
     * under the lock of the master's row. If that fails too, it throws {@link org.quorate.master.UnknownOutcome}, and
     * the caller must compare its claims with {@link #held} before its next turn. Throws {@link StatementFailed} if
     * the database fails for another reason.
     */
    Turn.Outcome take(Authority authority, Turn turn);

    /**
     * Returns the buildrequests that this turn would claim now, in the order of the queue. Another turn may claim them
     * meanwhile.
     */
    List<Candidate> candidates(Turn turn);

    /** A pending buildrequest. */
    record Candidate(int brid, int builderid, int priority) {}

    /**
     * Returns the claims of this authority. They are read under the exclusive lock of its master row, so that no open
     * turn can hide any.
     */
    List<Claim> held(Authority authority);

    /**
     * Marks the buildsets complete whose buildrequests are all complete. Called after the turn that completed some of
     * them.
     */
    void finishBuildsets(List<Integer> completedBrids);

    /**
     * Returns whether a buildrequest of these builders seems claimable. This is the slow poll for the case that a hint
     * was lost.
     */
    boolean isPending(Collection<Integer> builderids);

    /** Returns the claimed buildrequests of this master that an operator wants to cancel. */
    List<Integer> cancellations(Authority authority);
}
