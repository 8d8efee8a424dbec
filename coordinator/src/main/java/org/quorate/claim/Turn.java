package org.quorate.claim;

import java.util.List;
import java.util.UUID;

/**
 * The work of one transaction: completions, then releases, then claims. All of it is committed together (group commit),
 * under one fence.
 *
 * @param token the token of the claims of this turn; never used before
 * @param wanted the builders to claim for; an empty list claims nothing
 * @param limit the maximum number of claims over all builders
 */
public record Turn(UUID token, List<Completion> completions, List<Release> releases, List<Wanted> wanted, int limit) {
    public Turn {
        completions = List.copyOf(completions);
        releases = List.copyOf(releases);
        wanted = List.copyOf(wanted);
    }

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
     */
    public record Outcome(List<Integer> completed, List<Integer> released, List<Claim> claimed, boolean draining) {
        public Outcome {
            completed = List.copyOf(completed);
            released = List.copyOf(released);
            claimed = List.copyOf(claimed);
        }
    }
}
