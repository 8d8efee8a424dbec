package org.quorate.agent.identity;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.authority.MasterState;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.inbox.AttachedBuildmaster;
import org.quorate.agent.loop.Step;
import org.quorate.agent.metrics.Metrics;
import org.quorate.identity.Step.Refuse;
import org.quorate.master.StoreUnreachable;

/**
 * Looks whether the two stores still belong together, while this master is registered: when ZooKeeper records another
 * database, when a session finds the database ahead, at a hint, and twice a minute. It tells the buildmaster which
 * database the cluster uses. If the ensemble is not the cluster's, the master leaves. One thread, except {@link
 * #lookSoon}.
 */
public final class IdentityStep implements Step {
    private static final Duration LOOK_EVERY = Duration.ofSeconds(30);
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final StorePairing pairing;
    private final FollowedDatabase followed;
    private final MasterStateHolder masterState;
    private final LongSupplier nanoTime;
    private final Runnable renewSessions;
    private final AttachedBuildmaster attached;
    private final AtomicBoolean due = new AtomicBoolean();
    private final AtomicBoolean renewAgain = new AtomicBoolean();
    private long lookedAtNanos;
    private @Nullable Told told;

    /** The buildmaster that was told which database the cluster uses, as the number of its hello. */
    private record Told(long attachment, UUID database) {}

    /**
     * Makes the step.
     *
     * @param renewSessions ends all sessions to the database, so that new ones are opened; it must not block
     */
    public IdentityStep(
            StorePairing pairing,
            FollowedDatabase followed,
            MasterStateHolder masterState,
            LongSupplier nanoTime,
            Runnable renewSessions,
            AttachedBuildmaster attached,
            Metrics metrics) {
        this.pairing = pairing;
        this.followed = followed;
        this.masterState = masterState;
        this.nanoTime = nanoTime;
        this.renewSessions = renewSessions;
        this.attached = attached;
        this.lookedAtNanos = nanoTime.getAsLong();
        pairing.onFollow(() -> {
            metrics.databaseChanged();
            renewAgain.set(true);
            renewSessions.run();
        });
    }

    /** Asks for a look: an operator may have changed what the stores record. Any thread. */
    public void lookSoon() {
        due.set(true);
    }

    @Override
    public Taken take() {
        if (renewAgain.getAndSet(false)) {
            // a session may have been opened to the former database while the others were ended
            renewSessions.run();
        }
        followed.uuid().ifPresent(this::tell);
        MasterState now = masterState.current();
        if (now.phase() != MasterState.Phase.ACTIVE) {
            return new Taken("", LOOK_EVERY);
        }
        try {
            return isDue() ? look(now) : new Taken("", LOOK_EVERY);
        } catch (StoreUnreachable e) {
            due.set(true);
            return new Taken("the stores are not compared: " + e.getMessage(), RETRY);
        }
    }

    /** Tells the buildmaster once which database its new sessions are to carry. */
    private void tell(UUID database) {
        Told now = new Told(attached.attachments(), database);
        if (attached.current().isPresent() && !now.equals(told)) {
            attached.send(link -> link.database(database));
            told = now;
        }
    }

    private boolean isDue() {
        boolean asked = due.getAndSet(false);
        boolean ahead = followed.takeAhead();
        return asked || ahead || nanoTime.getAsLong() - lookedAtNanos >= LOOK_EVERY.toNanos() || pairing.isChanged();
    }

    private Taken look(MasterState now) {
        lookedAtNanos = nanoTime.getAsLong();
        Optional<Refuse> refusal = pairing.refusal();
        if (refusal.isPresent() && refusal.get().ensemble()) {
            masterState.doubt(now.authority().orElseThrow(), refusal.get().sentence());
            return new Taken("leaving: " + refusal.get().sentence(), LOOK_EVERY);
        }
        // the sessions to a wrong database are refused one by one, and builds go on as in an outage of the database
        if (refusal.isPresent()) {
            due.set(true);
        }
        return new Taken(
                refusal.map(why -> "no database: " + why.sentence()).orElse(""),
                refusal.isPresent() || renewAgain.get() ? RETRY : LOOK_EVERY);
    }
}
