package org.quorate.agent.identity;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.quorate.identity.DatabaseIdentities;
import org.quorate.identity.DatabaseView;
import org.quorate.identity.Followed;
import org.quorate.identity.IdentityRules;
import org.quorate.identity.Memory;
import org.quorate.identity.Pairing;
import org.quorate.identity.PairingNode;
import org.quorate.identity.Step;
import org.quorate.master.ZooKeeperUnreachable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the two stores of this agent to each other: compares what they record, follows a promotion, and takes an
 * ensemble that lost its data again. Thread-safe.
 */
public final class StorePairing {
    private static final Logger LOG = LoggerFactory.getLogger(StorePairing.class);
    /** Each other agent may win some steps of a change; more than this are not one change. */
    private static final int STEPS_MAX = 10;

    private final String actor;
    private final DatabaseIdentities database;
    private final PairingNode ensemble;
    private final FollowedDatabase followed;
    private final Supplier<UUID> uuids;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    /** Held while a loop compares the stores, which may wait for one of them; another loop does not wait for it. */
    private final ReentrantLock comparing = new ReentrantLock();

    private Memory memory;
    private volatile Optional<Pairing> used = Optional.empty();

    /**
     * Makes the pairing without a query to either store.
     *
     * @param actor whom the history names
     * @param database sessions that may see a database before the cluster follows it
     * @param uuids never the same twice
     */
    public StorePairing(
            String actor,
            DatabaseIdentities database,
            PairingNode ensemble,
            FollowedDatabase followed,
            Supplier<UUID> uuids) {
        this.actor = actor;
        this.database = database;
        this.ensemble = ensemble;
        this.followed = followed;
        this.uuids = uuids;
        this.memory = new Memory(followed.current().map(Followed::database), Optional.empty());
    }

    /** Adds a listener, which is called after the cluster began to use another database. It must not block. */
    public void onFollow(Runnable listener) {
        listeners.add(listener);
    }

    /** Returns whether ZooKeeper records something else than at the last {@link #settle} that found no objection. */
    boolean isChanged() {
        return !ensemble.pairing().equals(used);
    }

    /**
     * Makes the two stores agree if that is safe. Returns one sentence that names what does not fit and how to mend it;
     * empty if the stores belong together.
     *
     * @throws ZooKeeperUnreachable also while another loop compares the stores: one loop's wait for a store must not
     *     hold up the other
     */
    public Optional<String> settle() {
        return refusal().map(Step.Refuse::sentence);
    }

    /** Does the same; the answer also names the store that does not fit. */
    Optional<Step.Refuse> refusal() {
        if (!comparing.tryLock()) {
            throw new ZooKeeperUnreachable("another loop of this agent is comparing the two stores and waits for one");
        }
        try {
            return compare();
        } finally {
            comparing.unlock();
        }
    }

    private Optional<Step.Refuse> compare() {
        for (int i = 0; i < STEPS_MAX; i++) {
            Optional<Pairing> pairing = ensemble.pairing();
            pairing.ifPresent(this::follow);
            DatabaseView view = database.view();
            Step step = IdentityRules.next(view, pairing, memory, uuids.get());
            if (step instanceof Step.Refuse refused) {
                return Optional.of(refused);
            }
            if (step instanceof Step.Use use) {
                remember(use.pairing());
                return Optional.empty();
            }
            carryOut(step, view);
        }
        return Optional.of(
                new Step.Refuse("the identities of the stores change faster than this agent can follow", false));
    }

    private void carryOut(Step step, DatabaseView view) {
        if (step instanceof Step.Renew renew) {
            LOG.warn(
                    "the database was promoted or restored: it is at {} and was at {}; the cluster follows it, and"
                            + " what was committed last may be lost",
                    view.here(),
                    view.identity().place());
            database.renew(renew.database(), actor);
        } else if (step instanceof Step.Pair pair) {
            if (pair.after().formerEnsemble().isPresent() && pair.before().isEmpty()) {
                LOG.warn(
                        "ZooKeeper lost what it knew of the cluster; it is taken again as the ensemble {} in the place"
                                + " of {}",
                        pair.after().ensemble(),
                        pair.after().formerEnsemble().get());
            }
            ensemble.pair(pair.before(), pair.after());
        } else if (step instanceof Step.RecordEnsemble record) {
            database.recordEnsemble(record.before(), record.after(), actor);
        }
    }

    /** Holds new sessions to the database that ZooKeeper records. */
    private void follow(Pairing pairing) {
        Optional<Followed> before = followed.current();
        Followed now = new Followed(pairing.cluster(), pairing.database());
        if (before.filter(now::equals).isPresent()) {
            return;
        }
        // another cluster's record is refused by itself, and must not change what this agent knows
        if (before.filter(known -> !known.cluster().equals(now.cluster())).isPresent()) {
            return;
        }
        followed.set(now);
        if (before.isPresent()) {
            LOG.warn(
                    "the cluster uses the database {} in the place of {}: all sessions are opened again",
                    now.database(),
                    before.get().database());
            listeners.forEach(Runnable::run);
        }
    }

    private void remember(Pairing pairing) {
        used = Optional.of(pairing);
        memory = new Memory(Optional.of(pairing.database()), Optional.of(pairing.ensemble()));
        followed.set(new Followed(pairing.cluster(), pairing.database()));
        followed.keep();
    }
}
