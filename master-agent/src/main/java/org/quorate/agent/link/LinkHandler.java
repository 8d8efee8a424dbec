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
 * What the agent does for its buildmaster. Called on the link's reader thread, one message after the other; must not
 * block. A future that ends with {@link org.quorate.master.Fenced} is answered as "fenced", any other exception as "not
 * now"; the buildmaster asks again later.
 */
public interface LinkHandler {
    /** The first message of a connection. {@code link} carries nothing to the buildmaster before this is answered. */
    CompletableFuture<HelloAnswer> hello(Hello hello, Link link);

    /** May answer with an empty list; that does not mean that the queue is empty. */
    CompletableFuture<List<Claim>> claim(FreeSlots ask);

    /**
     * Claims whose answer could not be sent, since the link closed before they were committed. (Those lost later are
     * missing in the next {@link Hello#running}.) The agent gives them back.
     */
    void undelivered(List<Claim> claims);

    /**
     * False: refused, since this master does not hold that attempt. A completion that is sent again after it was accepted is
     * answered with true.
     */
    CompletableFuture<Boolean> complete(Completion completion);

    /** False: refused, as with {@link #complete}. */
    CompletableFuture<Boolean> release(Attempt attempt, String why);

    /** The buildmaster itself completed or unclaimed this in Buildbot's tables. */
    void ended(Attempt attempt);

    /** May end with {@link org.quorate.master.Fenced}. */
    CompletableFuture<Schedulers.TickResult> tick(Tick tick);

    /**
     * Says something to the other masters' buildmasters; ends when it is committed. May end with {@link
     * org.quorate.master.Fenced}.
     *
     * @param events a JSON array
     */
    CompletableFuture<@Nullable Void> publish(String events);

    /** The death notice; the last call for this link, made once, and only if {@link #hello} was called for it. */
    void closed(Link link, String why);
}
