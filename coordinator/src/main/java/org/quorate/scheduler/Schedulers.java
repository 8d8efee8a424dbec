package org.quorate.scheduler;

import java.util.List;
import java.util.Optional;
import org.quorate.master.Authority;
import org.quorate.master.Fenced;

/**
 * The port to schedulers' terms and ticks. A change source is owned as a scheduler is, under its prefixed name; it does not
 * tick. Each method is one transaction and may throw DatabaseUnreachable.
 */
public interface Schedulers {
    /** Begins the name of a change source. */
    String CHANGE_SOURCE = "changesource:";

    /**
     * Makes rows for the schedulers that the buildmaster runs, where missing, and notes that it offers these: masters without
     * the plugin leave them to it while its epoch lasts.
     */
    void enlist(Authority authority, List<String> names);

    /**
     * T6. Begins a new term for this master if the scheduler has no owner whose epoch is current. Empty: somebody living
     * owns it, or a stock master without an agent runs it. Throws {@link Fenced}.
     */
    Optional<Ownership> own(Authority authority, String scheduler, long number);

    /** Ends this master's term, if it is still this one, so that another may begin the next at once. */
    void disown(Authority authority, String scheduler, long term);

    /**
     * T7. Commits the tick under the term. Throws {@link Fenced} when authority or term is not current; a drained master's
     * term goes on, and its ticks wait.
     */
    TickResult tick(Authority authority, Tick tick);

    /**
     * Buildsets that the upstream scheduler fired while this one was there and enabled, that completed with success and for
     * which this scheduler has not ticked yet; of the last day only, oldest first.
     */
    List<Integer> due(String scheduler, String upstream);

    /** All schedulers that Quorate knows. */
    List<SchedulerRow> list();

    /** What became of a tick. */
    record TickResult(State state, int buildsetid, long nowEpochMillis) {
        /** What the database made of it; none is an error. */
        public enum State {
            COMMITTED,
            /** Another term committed this occasion before. */
            ALREADY,
            /** The database's clock has not reached it. */
            EARLY,
            /** An operator disabled the scheduler. */
            DISABLED,
            /** An operator drained the master: not committed now, to be asked for again. */
            DRAINED
        }
    }
}
