package org.quorate.agent.authority;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.quorate.master.EnsembleSession;
import org.quorate.master.Timing;

/**
 * Checks whether this agent may work with these two stores at all: the timing fits the granted session timeout, the
 * agent knows the version of the schema, and both stores belong to the cluster of its configuration and to each other.
 * One loop makes the checks; any thread may read {@link #timing()}.
 */
public final class Admission {
    private final String cluster;
    private final EnsembleSession session;
    private final Function<String, Optional<String>> databaseObjection;
    private final Supplier<Optional<String>> pairingObjection;
    private final Function<Duration, Timing> timingFor;
    private final BooleanSupplier onNewEpoch;
    private volatile Timing timing;

    /**
     * Makes the checks.
     *
     * @param pairingObjection compares what the two stores record of each other, and makes them agree if that is safe
     */
    public Admission(
            String cluster,
            EnsembleSession session,
            Function<String, Optional<String>> databaseObjection,
            Supplier<Optional<String>> pairingObjection,
            Timing asked,
            Function<Duration, Timing> timingFor,
            BooleanSupplier onNewEpoch) {
        this.cluster = cluster;
        this.session = session;
        this.databaseObjection = databaseObjection;
        this.pairingObjection = pairingObjection;
        this.timing = asked;
        this.timingFor = timingFor;
        this.onNewEpoch = onNewEpoch;
    }

    /**
     * Returns the durations that follow from the granted session timeout, or from the requested one before the first
     * session.
     */
    public Timing timing() {
        return timing;
    }

    /**
     * Ends everything that an earlier epoch left running. Returns false if something still runs; then no new epoch may
     * begin.
     */
    public boolean beginsAnew() {
        return onNewEpoch.getAsBoolean();
    }

    /** Returns one sentence that names what does not fit and how to mend it; empty if all is well. */
    public Optional<String> objection() {
        Timing granted = timingFor.apply(session.sessionTimeout());
        timing = granted;
        List<String> mistakes = granted.mistakes();
        if (!mistakes.isEmpty()) {
            return Optional.of("the timing does not fit the session timeout that ZooKeeper granted ("
                    + granted.sessionTimeout().toMillis() + " ms): " + String.join("; ", mistakes));
        }
        return objectionOfTheDatabase().or(pairingObjection);
    }

    /** Returns the same for the database alone, while ZooKeeper is unreachable. */
    public Optional<String> objectionOfTheDatabase() {
        return databaseObjection.apply(cluster);
    }
}
