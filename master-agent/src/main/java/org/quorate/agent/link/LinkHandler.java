package org.quorate.agent.link;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.quorate.claim.Completion;
import org.quorate.scheduler.Schedulers;
import org.quorate.scheduler.Tick;

/**
 * Handles the messages of the buildmaster. It is called on the link's reader thread, one message after another, and
 * must not block. A future that ends with {@link org.quorate.master.Fenced} is answered as "fenced", one with any other
 * exception as "not now"; the buildmaster sends the message again later.
 */
public interface LinkHandler {
    /** Handles the first message of a connection. {@code link} sends nothing to the buildmaster before the answer. */
    CompletableFuture<HelloAnswer> hello(Hello hello, Link link);

    /** Claims buildrequests. An empty list does not mean that the queue is empty. */
    CompletableFuture<List<Claim>> claim(FreeSlots ask);

    /**
     * Reads the first pending buildrequests of these builders, in the order of the queue, and claims nothing. The
     * buildmaster chooses among them, and names what it chose in {@link FreeSlots#chosen}.
     */
    CompletableFuture<List<Offer>> candidates(List<String> builders);

    /**
     * Releases claims whose answer could not be sent, since the link closed before they were committed. (Claims that
     * are lost later are missing in the next {@link Hello#running}.)
     */
    void undelivered(List<Claim> claims);

    /**
     * Completes a buildrequest. The answer false means rejected, since this master does not hold that attempt. A
     * completion that is sent again after it was accepted is answered with true.
     */
    CompletableFuture<Boolean> complete(Completion completion);

    /** Releases a claim. The answer false means rejected, as with {@link #complete}. */
    CompletableFuture<Boolean> release(Attempt attempt, String why);

    /** Records that the buildmaster itself completed or unclaimed this attempt in Buildbot's tables. */
    void ended(Attempt attempt);

    /** Commits a tick. The future may end with {@link org.quorate.master.Fenced}. */
    CompletableFuture<Schedulers.TickResult> tick(Tick tick);

    /**
     * Publishes events for the buildmasters of the other masters. The future ends when they are committed; it may end
     * with {@link org.quorate.master.Fenced}.
     *
     * @param events a JSON array
     */
    CompletableFuture<@Nullable Void> publish(String events);

    /**
     * Reports that the link closed. It is the last call for this link, made once, and only if {@link #hello} was
     * called.
     */
    void closed(Link link, String why);
}
