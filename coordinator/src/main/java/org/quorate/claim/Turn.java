package org.quorate.claim;

import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * The work of one transaction: completions, then releases, then claims. All of it is committed together (group commit),
 * under one fence.
 *
 * @param token the token of the claims of this turn; never used before
 * @param wanted the builders to claim for; an empty list claims nothing
 * @param limit the maximum number of claims over all builders
 * @param passedOver buildrequests that are not claimed although they are pending
 * @param chosen buildrequests to claim beside those of {@code wanted}, if they are still pending; {@code limit} does
 *     not count for them
 */
public record Turn(
        UUID token,
        List<Completion> completions,
        List<Release> releases,
        List<Wanted> wanted,
        int limit,
        Set<Integer> passedOver,
        List<Chosen> chosen) {
    public Turn {
        completions = List.copyOf(completions);
        releases = List.copyOf(releases);
        wanted = List.copyOf(wanted);
        passedOver = Set.copyOf(passedOver);
        chosen = List.copyOf(chosen);
    }

    public Turn(UUID token, List<Completion> completions, List<Release> releases, List<Wanted> wanted, int limit) {
        this(token, completions, releases, wanted, limit, Set.of(), List.of());
    }

    /** Returns this turn without ends, and with another budget. */
    public Turn claiming(List<Wanted> wanted, int limit, Set<Integer> passedOver) {
        return new Turn(token, List.of(), List.of(), wanted, limit, passedOver, List.of());
    }

    /** Returns this turn without ends, and with no other claims than these. */
    public Turn claiming(List<Chosen> chosen) {
        return new Turn(token, List.of(), List.of(), List.of(), 0, passedOver, chosen);
    }

    /** Returns whether this turn takes claims from the heads of the queues. */
    public boolean takesHeads() {
        return !wanted.isEmpty() && limit > 0;
    }

    /** Returns whether this turn claims anything. */
    public boolean claims() {
        return takesHeads() || !chosen.isEmpty();
    }

    /** A buildrequest that the buildmaster has chosen. */
    public record Chosen(int builderid, int brid) {}

    /** A claim that goes back to the queue, with the reason. */
    public record Release(Attempt attempt, String why) {
        public int brid() {
            return attempt.brid();
        }
    }

    /**
     * The result of a turn.
     *
     * @param completed buildrequests whose completion was accepted; a completion that is missing here was rejected,
     *     because this master does not hold that attempt (any more)
     * @param claimed the new claims, in the order in which they are to be started
     * @param draining whether nothing was claimed because the master is drained
     * @param later buildrequests whose completion or release was neither accepted nor rejected, because another session
     *     has locked them or the database failed for them alone: it is to be sent again
     */
    public record Outcome(
            List<Integer> completed,
            List<Integer> released,
            List<Claim> claimed,
            boolean draining,
            Set<Integer> later) {
        public Outcome {
            completed = List.copyOf(completed);
            released = List.copyOf(released);
            claimed = List.copyOf(claimed);
            later = Set.copyOf(later);
        }

        public Outcome(List<Integer> completed, List<Integer> released, List<Claim> claimed, boolean draining) {
            this(completed, released, claimed, draining, Set.of());
        }
    }
}
