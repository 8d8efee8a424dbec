package org.quorate.scheduler;

import java.util.List;
import java.util.Optional;
import org.quorate.master.Authority;
import org.quorate.master.Fenced;

/**
 * The port to the terms and ticks of schedulers. A change source is owned in the same way as a scheduler, under its
 * prefixed name, but it has no ticks. Each method is one transaction, and may throw {@link
 * org.quorate.master.DatabaseUnreachable}.
 */
public interface Schedulers {
    /** The prefix of the name of every change source. */
    String CHANGE_SOURCE = "changesource:";

    /**
     * Creates missing rows for the schedulers that the buildmaster runs, and notes that this master offers them. Stock
     * masters leave these schedulers to it as long as its epoch lasts.
     */
    void enlist(Authority authority, List<String> names);

    /**
     * T6. Begins a new term for this master if the scheduler has no owner whose epoch is current. Throws {@link
     * Fenced}.
     *
     * @return empty if another active master owns it, or if a stock master without an agent runs it
     */
    Optional<Ownership> own(Authority authority, String scheduler, long number);

    /** Ends this master's term, if it is still the current one, so that another master may begin the next at once. */
    void disown(Authority authority, String scheduler, long term);

    /**
     * T7. Commits the tick under the term. Throws {@link Fenced} when authority or term is not current. When a master
     * is drained, its term continues and its ticks wait.
     */
    TickResult tick(Authority authority, Tick tick);

    /**
     * Returns the buildsets for which a dependent scheduler has yet to tick, oldest first: the upstream scheduler
     * created them while this scheduler existed and was enabled, and they completed with success. Only buildsets of the
     * last day are returned.
     */
    List<Integer> due(String scheduler, String upstream);

    /** Returns all schedulers that Quorate knows. */
    List<SchedulerRow> list();

    /** The result of a tick. */
    record TickResult(State state, int buildsetid, long nowEpochMillis) {
        /** The outcome in the database; none of them is an error. */
        public enum State {
            COMMITTED,
            /** The tick of this occasion was committed before. */
            ALREADY,
            /** The database's clock has not reached the planned time. */
            EARLY,
            /** An operator disabled the scheduler. */
            DISABLED,
            /** An operator drained the master: the tick was not committed, and must be sent again. */
            DRAINED
        }
    }
}
