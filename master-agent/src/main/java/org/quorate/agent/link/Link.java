package org.quorate.agent.link;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.quorate.event.Batch;
import org.quorate.scheduler.Ownership;

/**
 * Sends the agent's messages to the buildmaster at the other end. Every method queues one message and returns at once;
 * on a closed link it does nothing. A buildmaster that does not read is disconnected. Messages arrive in the order of
 * the calls, and none arrives before the answer to {@code hello}. Thread-safe.
 */
public interface Link {
    /** Allows the buildmaster to go on for this long, counted from now. */
    void lease(Duration remaining);

    /** Reports that a term of a scheduler began here. */
    void own(Ownership ownership);

    /** Reports that the term ended or is in doubt: the buildmaster must send no more tick of it. */
    void disown(String scheduler);

    /** Reports that there may be something to claim. */
    void wake();

    /** Sends the buildsets of the upstream for which a dependent scheduler has not ticked yet. */
    void due(String scheduler, List<Integer> buildsets);

    /** Asks to stop this build for an operator; the buildmaster completes it as CANCELLED. */
    void cancel(int brid, String why);

    /** Asks to claim nothing more and to finish the running builds; false: to go on again. */
    void drain(boolean on);

    /** Names the database that the cluster uses, which each new session of the buildmaster is to carry. */
    void database(UUID identity);

    /** Sends events of other buildmasters, or of Quorate itself. */
    void events(Batch batch);

    /**
     * Returns whether much waits to be read by the other end; the caller should then wait before it sends more events.
     */
    boolean isBehind();

    /** Reports that the epoch ended: the buildmaster must kill all builds, report nothing and exit. */
    void fence(String why);

    /** Returns the interval within which the buildmaster promised to send at least one message; empty: no promise. */
    Optional<Duration> promised();

    /**
     * Returns whether the buildmaster sent anything since the last call of this method. Only one thread may call it.
     */
    boolean spoke();

    /** Returns whether the buildmaster was woken and has sent nothing since. */
    default boolean isAwaited() {
        return false;
    }

    /** Returns false once the connection ended, even if {@link LinkHandler#closed} was not called yet. */
    boolean isOpen();

    /** Closes the connection after the queued messages were written, but after a second at most. Idempotent. */
    void close();
}
