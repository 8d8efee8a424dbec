package org.quorate.identity;

import java.util.Optional;
import java.util.UUID;

/**
 * Decides whether the database and the ensemble are the cluster's, and what to do if one of them was replaced. The
 * database that ZooKeeper records changes by itself only to one that descends from it. The ensemble that the database
 * records changes by itself only if its record is gone, and then only to one that an agent took which has been in
 * contact with it.
 */
public final class IdentityRules {
    /** The command of an operator who confirms that two stores belong together. */
    public static final String PAIR = "quorate schema pair";

    private static final String COPY = "to make it a cluster of its own, run quorate schema new-identity --name NAME";

    private IdentityRules() {}

    /**
     * Returns the next step. After each step but {@link Step.Use} and {@link Step.Refuse} both records are to be read
     * again.
     *
     * @param fresh a uuid that was never used, for an ensemble without a record
     */
    public static Step next(DatabaseView view, Optional<Pairing> pairing, Memory memory, UUID fresh) {
        Optional<String> objection = objection(view, Optional.empty());
        if (objection.isPresent()) {
            return wrongDatabase(objection.get());
        }
        return pairing.map(record -> of(view, record, memory)).orElseGet(() -> withoutRecord(view, memory, fresh));
    }

    /**
     * Returns why a session to this database cannot be the cluster's, whatever its timeline; empty if it may be.
     *
     * @param followed the database that the cluster uses; empty while it is not known
     */
    public static Optional<String> objection(DatabaseView view, Optional<Followed> followed) {
        DatabaseIdentity identity = view.identity();
        if (!view.here().isSameDatabaseAs(identity.place())) {
            return Optional.of("this database (" + view.here() + ") is a copy of the cluster's (" + identity.place()
                    + "): if it takes that one's place, run " + PAIR + "; " + COPY);
        }
        if (view.here().timeline() != 0
                && view.here().timeline() < identity.place().timeline()) {
            return Optional.of("this database (" + view.here() + ") is behind the cluster's (" + identity.place()
                    + "): if it takes that one's place, run " + PAIR + "; " + COPY);
        }
        // a record of another cluster is reported by itself
        return followed.filter(other -> other.cluster().equals(identity.cluster()))
                .map(Followed::database)
                .filter(other -> !identity.descendsFrom(other))
                .map(other -> fork(view, other));
    }

    /**
     * Returns why a session that works for the cluster may not use this database now; empty if it may. Unlike {@link
     * #objection} it waits until a promotion is recorded.
     */
    public static Optional<String> objectionToWork(DatabaseView view, Optional<Followed> followed) {
        return objection(view, followed)
                .or(() -> isAhead(view, followed)
                        ? Optional.of("this database (" + view.here() + ") was promoted or restored (before: "
                                + view.identity().place() + "), and the cluster does not follow it yet")
                        : Optional.empty());
    }

    private static boolean isAhead(DatabaseView view, Optional<Followed> followed) {
        return view.isOnNewTimeline()
                || followed.filter(
                                other -> other.cluster().equals(view.identity().cluster()))
                        .filter(other ->
                                !other.database().equals(view.identity().database()))
                        .isPresent();
    }

    private static String fork(DatabaseView view, UUID followed) {
        return "the cluster uses the database " + followed + ", and this one is "
                + view.identity().database() + " ("
                + view.here() + "), an older state or another copy of it: shut this server down if it is a former"
                + " primary; if it takes the other's place, run " + PAIR + "; " + COPY;
    }

    private static Step withoutRecord(DatabaseView view, Memory memory, UUID fresh) {
        DatabaseIdentity identity = view.identity();
        if (identity.ensemble().isEmpty()) {
            return view.isOnNewTimeline()
                    ? new Step.Renew(identity.database())
                    : new Step.Pair(
                            Optional.empty(),
                            new Pairing(identity.cluster(), fresh, Optional.empty(), identity.database()));
        }
        if (memory.database().isPresent() && memory.ensemble().equals(identity.ensemble())) {
            return new Step.Pair(
                    Optional.empty(),
                    new Pairing(
                            identity.cluster(),
                            fresh,
                            identity.ensemble(),
                            memory.database().get()));
        }
        return wrongEnsemble("this ZooKeeper knows nothing of the cluster, and the database says that the cluster uses"
                + " another ensemble (" + identity.ensemble().get()
                + "): correct zookeeper.connect, which must name"
                + " the same servers on every machine; if this one takes the other's place, run " + PAIR);
    }

    private static Step of(DatabaseView view, Pairing pairing, Memory memory) {
        DatabaseIdentity identity = view.identity();
        if (!pairing.cluster().equals(identity.cluster())) {
            return wrongEnsemble("ZooKeeper belongs to cluster " + pairing.cluster() + " and the database to "
                    + identity.cluster() + ": one of the two addresses is another cluster's, or a store was replaced");
        }
        if (!identity.descendsFrom(pairing.database())) {
            return wrongDatabase(fork(view, pairing.database()));
        }
        if (!identity.ensemble().equals(Optional.of(pairing.ensemble()))) {
            return otherEnsemble(identity, pairing, memory);
        }
        if (view.isOnNewTimeline()) {
            return memory.database().filter(identity::descendsFrom).isPresent()
                    ? new Step.Renew(identity.database())
                    : wrongDatabase("this database (" + view.here() + ") was promoted or restored (before: "
                            + identity.place() + "), and this agent has never worked with it, so that it cannot be told"
                            + " from a copy: an agent that has worked with it goes first; if there is none, run "
                            + PAIR + "; " + COPY);
        }
        return identity.database().equals(pairing.database())
                ? new Step.Use(pairing)
                : new Step.Pair(Optional.of(pairing), pairing.withDatabase(identity.database()));
    }

    private static Step otherEnsemble(DatabaseIdentity identity, Pairing pairing, Memory memory) {
        boolean finishes = pairing.formerEnsemble().equals(identity.ensemble())
                && memory.ensemble().equals(identity.ensemble());
        if (identity.ensemble().isEmpty() || finishes) {
            return new Step.RecordEnsemble(identity.ensemble(), pairing.ensemble());
        }
        return wrongEnsemble("this ZooKeeper is the ensemble " + pairing.ensemble()
                + ", and the database says that the"
                + " cluster uses another one (" + identity.ensemble().get() + "): correct zookeeper.connect, which must"
                + " name the same servers on every machine; if this one takes the other's place, run " + PAIR);
    }

    private static Step wrongDatabase(String sentence) {
        return new Step.Refuse(sentence, false);
    }

    private static Step wrongEnsemble(String sentence) {
        return new Step.Refuse(sentence, true);
    }
}
