package org.quorate.agent.link;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.quorate.event.Batch;
import org.quorate.scheduler.Ownership;

/**
 * How the agent talks to the buildmaster at the other end. Every method queues one message and returns at once; on a link
 * that is closed it does nothing. A buildmaster that does not read is disconnected. Messages arrive in the order of the
 * calls, and none arrives before the answer to {@code hello}. Thread-safe.
 */
public interface Link {
    /** The buildmaster may go on for this long, counted from now. */
    void lease(Duration remaining);

    /** A term of a scheduler began here. */
    void own(Ownership ownership);

    /** The term ended, or is in doubt: no tick of it any more. */
    void disown(String scheduler);

    /** There may be something to claim. */
    void wake();

    /** Buildsets of the upstream that a dependent scheduler has not ticked for yet. */
    void due(String scheduler, List<Integer> buildsets);

    /** An operator wants this build stopped; its completion is CANCELLED. */
    void cancel(int brid, String why);

    /** Claim nothing more, finish what runs; or go on again. */
    void drain(boolean on);

    /** What other buildmasters said, or Quorate itself. */
    void events(Batch batch);

    /** Much waits to be read at the other end: whoever has more to say should wait. */
    boolean isBehind();

    /** The epoch ended: kill all builds, report nothing, exit. */
    void fence(String why);

    /** How often at least the buildmaster promised to say something; empty: it promised nothing. */
    Optional<Duration> promised();

    /** Whether it said anything since this was last asked. One thread asks. */
    boolean spoke();

    /** False once the connection ended, even if {@link LinkHandler#closed} was not called yet. */
    boolean isOpen();

    /** Closes the connection after what is queued was written, or a second at most. Idempotent. */
    void close();
}
