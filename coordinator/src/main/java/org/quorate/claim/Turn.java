package org.quorate.claim;

import java.util.List;
import java.util.UUID;

/**
 * One transaction's worth of work: completes, releases, then claims. Everything in it is committed together (group
 * commit), under one fence.
 *
 * @param token the token of this turn's claims, never used before
 * @param wanted per builder; an empty list claims nothing
 * @param limit at most this many claims over all builders
 */
public record Turn(UUID token, List<Completion> completions, List<Release> releases, List<Wanted> wanted, int limit) {
    public Turn {
        completions = List.copyOf(completions);
        releases = List.copyOf(releases);
        wanted = List.copyOf(wanted);
    }

    /** A claim given back to the queue, and why. */
    public record Release(Attempt attempt, String why) {
        public int brid() {
            return attempt.brid();
        }
    }

    /**
     * What the database made of a turn.
     *
     * @param completed buildrequests whose completion was accepted; one that is missing was refused, since this master
     *     does not hold that attempt (any more)
     * @param claimed in the order in which they are to be started
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
