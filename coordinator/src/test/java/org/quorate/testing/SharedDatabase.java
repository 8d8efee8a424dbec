package org.quorate.testing;

import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.quorate.claim.Claims;
import org.quorate.event.Events;
import org.quorate.master.Masters;
import org.quorate.scheduler.Schedulers;

/**
 * The database that all masters of a test share: the four ports to it, and what submitters, operators and agents do to it
 * from outside. In memory, or PostgreSQL.
 */
public interface SharedDatabase extends AutoCloseable {
    Masters masters();

    Claims claims();

    Schedulers schedulers();

    Events events();

    /** The id of this builder, made where it is missing. */
    int builder(String name);

    /** One buildset with one buildrequest a builder; their ids in that order. */
    List<Integer> submit(List<String> builders, int priority, int submittedAt);

    /** The results of a buildrequest; empty while it is not complete. */
    OptionalInt resultsOf(int brid);

    /** The results of a buildset of this buildrequest; empty while it is not complete. */
    OptionalInt resultsOfBuildsetOf(int brid);

    /** An operator drains or undrains. */
    void drain(String master, boolean draining);

    /** An operator wants this master's buildmaster restarted. */
    void recycle(String master);

    /** An operator wants a claimed buildrequest cancelled. */
    void askToCancel(int brid);

    /** An operator enables or disables a scheduler. */
    void enable(String scheduler, boolean enabled);

    /** An operator moves a scheduler. */
    void move(String scheduler, String master);

    /** The agent of this master opens one session that lasts until somebody ends it. */
    void openSession(String master);

    /** Quorate itself says a batch, as SQL that changes Buildbot's rows does. */
    void say(String events);

    /** Makes everything that was said so far older. */
    void age(Duration span);

    /** The database's clock. */
    long nowEpochSecond();

    @Override
    void close();
}
