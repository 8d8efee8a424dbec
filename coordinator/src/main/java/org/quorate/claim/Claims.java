package org.quorate.claim;

import java.util.Collection;
import java.util.List;
import org.quorate.master.Authority;
import org.quorate.master.Fenced;

/**
 * The port through which claims, completions and releases are committed. Each may throw
 * {@code org.quorate.master.DatabaseUnreachable} (nothing happened) and {@link Fenced}.
 */
public interface Claims {
    /**
     * T2, T3 and T8 as one transaction. An unknown commit outcome is resolved inside, by looking the attempt up under the
     * lock of the master's row; only if that cannot be done either is {@code UnknownOutcome} thrown, and the caller must
     * compare with {@link #held} before its next turn.
     */
    Turn.Outcome take(Authority authority, Turn turn);

    /** What this authority holds, read under the exclusive lock of its own row, so that no open turn can hide anything. */
    List<Claim> held(Authority authority);

    /** Marks buildsets complete whose buildrequests all are; run after the turn that completed some, by request. */
    void finishBuildsets(List<Integer> completedBrids);

    /** Whether anything of these builders seems claimable: the slow poll behind the hints. */
    boolean isPending(Collection<Integer> builderids);

    /** Claimed buildrequests of this master that an operator wants cancelled. */
    List<Integer> cancellations(Authority authority);
}
