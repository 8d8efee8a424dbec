package org.quorate.testing;

import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.quorate.claim.Claims;
import org.quorate.event.Events;
import org.quorate.master.Masters;
import org.quorate.scheduler.Schedulers;

/**
 * The database that all masters of a test share: the four ports to it, and the actions of submitters, operators and
 * agents. In memory, or PostgreSQL.
 */
public interface SharedDatabase extends AutoCloseable {
    Masters masters();

    Claims claims();

    Schedulers schedulers();

    Events events();

    /** Returns the id of this builder, which is created if it is missing. */
    int builder(String name);

    /** Submits one buildset with one buildrequest for each builder. Returns their ids in that order. */
    List<Integer> submit(List<String> builders, int priority, int submittedAt);

    /** Returns the results of a buildrequest; empty while it is not complete. */
    OptionalInt resultsOf(int brid);

    /** Returns the results of the buildset of this buildrequest; empty while it is not complete. */
    OptionalInt resultsOfBuildsetOf(int brid);

    /** Drains or undrains a master, as an operator does. */
    void drain(String master, boolean draining);

    /** Asks to restart this master's buildmaster, as an operator does. */
    void requestRestart(String master);

    /** Returns how far the clock of this master's machine is ahead, as its row shows; empty: not measured. */
    OptionalLong clockAheadMillis(String master);

    /** Asks to cancel a claimed buildrequest, as an operator does. */
    void askToCancel(int brid);

    /** Locks the row of a buildrequest, as a session that does not belong to Quorate does, until {@link #unlock}. */
    void lock(int brid);

    /** Ends all locks that {@link #lock} took. */
    void unlock();

    /** Enables or disables a scheduler, as an operator does. */
    void enable(String scheduler, boolean enabled);

    /** Moves a scheduler, as an operator does. */
    void move(String scheduler, String master);

    /** Opens a session of this master's agent, which lasts until it is ended. */
    void openSession(String master);

    /** Publishes a batch of Quorate itself, as SQL that changes Buildbot's rows does. */
    void publish(String events);

    /** Makes all published events older. */
    void age(Duration span);

    /** Returns the time by the database's clock. */
    long nowEpochSecond();

    @Override
    void close();
}
