package org.quorate.agent.authority;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.quorate.master.Ensemble;
import org.quorate.master.Timing;

/**
 * Whether this agent may work with these two stores at all: the timing fits the granted session timeout, the schema is one
 * that it knows, and both stores belong to the cluster of its configuration. One thread.
 */
public final class Admission {
    private final String cluster;
    private final Ensemble ensemble;
    private final Function<String, Optional<String>> databaseObjection;
    private final Supplier<UUID> databaseUuid;
    private final Function<Duration, Timing> timingFor;
    private final BooleanSupplier onNewEpoch;
    private Timing timing;

    public Admission(
            String cluster,
            Ensemble ensemble,
            Function<String, Optional<String>> databaseObjection,
            Supplier<UUID> databaseUuid,
            Timing asked,
            Function<Duration, Timing> timingFor,
            BooleanSupplier onNewEpoch) {
        this.cluster = cluster;
        this.ensemble = ensemble;
        this.databaseObjection = databaseObjection;
        this.databaseUuid = databaseUuid;
        this.timing = asked;
        this.timingFor = timingFor;
        this.onNewEpoch = onNewEpoch;
    }

    /** The spans that follow from the granted session timeout; before there was a session, from the one asked for. */
    public Timing timing() {
        return timing;
    }

    /** Nothing that an earlier epoch left running may go on. False: something still does, and no epoch may begin. */
    public boolean beginsAnew() {
        return onNewEpoch.getAsBoolean();
    }

    /** One sentence: what does not fit, and how to mend it. */
    public Optional<String> objection() {
        timing = timingFor.apply(ensemble.sessionTimeout());
        List<String> mistakes = timing.mistakes();
        if (!mistakes.isEmpty()) {
            return Optional.of("the timing does not fit the session timeout that ZooKeeper granted ("
                    + timing.sessionTimeout().toMillis() + " ms): " + String.join("; ", mistakes));
        }
        return objectionOfTheDatabase().or(this::foreignEnsemble);
    }

    /** The same of the database alone, while ZooKeeper is not there to ask. */
    public Optional<String> objectionOfTheDatabase() {
        return databaseObjection.apply(cluster);
    }

    private Optional<String> foreignEnsemble() {
        UUID ours = databaseUuid.get();
        UUID theirs = ensemble.clusterUuid(ours);
        return ours.equals(theirs)
                ? Optional.empty()
                : Optional.of("ZooKeeper belongs to cluster " + theirs + " and the database to " + ours
                        + ": one of the two addresses is another cluster's, or a store was replaced");
    }
}
