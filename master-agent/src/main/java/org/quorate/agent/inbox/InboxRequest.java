package org.quorate.agent.inbox;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.quorate.agent.link.FreeSlots;
import org.quorate.agent.link.HelloAnswer;
import org.quorate.agent.link.Link;
import org.quorate.agent.link.Offer;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.quorate.claim.Turn;

/** A message of the buildmaster that the claim loop handles, with the future that its answer completes. */
public sealed interface InboxRequest {
    /** Answers that the agent cannot do this now; the buildmaster sends the message again. */
    void reject(RuntimeException why);

    /**
     * The first message of a link.
     *
     * @param link becomes the attached one when the hello is answered
     */
    record Hello(org.quorate.agent.link.Hello hello, Link link, CompletableFuture<HelloAnswer> answer)
            implements InboxRequest {
        @Override
        public void reject(RuntimeException why) {
            answer.completeExceptionally(why);
        }
    }

    record ClaimWork(FreeSlots slots, CompletableFuture<List<Claim>> answer) implements InboxRequest {
        @Override
        public void reject(RuntimeException why) {
            answer.completeExceptionally(why);
        }
    }

    /** Builders among whose pending buildrequests the buildmaster wants to choose. */
    record Candidates(List<String> builders, CompletableFuture<List<Offer>> answer) implements InboxRequest {
        @Override
        public void reject(RuntimeException why) {
            answer.completeExceptionally(why);
        }
    }

    record Complete(org.quorate.claim.Completion completion, CompletableFuture<Boolean> answer)
            implements InboxRequest {
        @Override
        public void reject(RuntimeException why) {
            answer.completeExceptionally(why);
        }
    }

    record Release(Turn.Release release, CompletableFuture<Boolean> answer) implements InboxRequest {
        @Override
        public void reject(RuntimeException why) {
            answer.completeExceptionally(why);
        }
    }

    /** The buildmaster itself completed or unclaimed this attempt in Buildbot's tables. It waits for no answer. */
    record Ended(Attempt attempt) implements InboxRequest {
        @Override
        public void reject(RuntimeException why) {}
    }
}
