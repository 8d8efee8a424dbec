package org.quorate.agent.supervision;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.quorate.agent.authority.MasterState;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.inbox.AttachedBuildmaster;
import org.quorate.agent.link.Link;
import org.quorate.agent.loop.Step;
import org.quorate.master.Authority;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a buildmaster running and attached while this master is registered. Starts one in every epoch. Doubts the epoch
 * if the buildmaster died, hangs or does not connect, so that its claims are released at once and the next epoch begins
 * without any. A stock buildmaster never attaches; when drained, it has ended by itself and is not started. One thread.
 */
public final class SupervisionStep implements Step {
    private static final Logger LOG = LoggerFactory.getLogger(SupervisionStep.class);
    private static final Duration LOOK = Duration.ofMillis(250);
    /** A buildmaster that runs but has sent no hello for this long counts as hung; the answer may wait for a store. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Optional<Supervisor> supervisor;
    private final boolean hasPlugin;
    private final Duration restartDelay;
    private final MasterStateHolder masterState;
    private final AttachedBuildmaster attached;
    private final LongSupplier nanoTime;
    private final HangDetector hangDetector;
    private Optional<Authority> ranUnder = Optional.empty();
    private boolean wasAttached;
    private long awaySinceNanos;
    private long startedAtNanos;
    private boolean started;

    public SupervisionStep(
            Optional<Supervisor> supervisor,
            boolean hasPlugin,
            Duration restartDelay,
            Duration hangLimit,
            MasterStateHolder masterState,
            AttachedBuildmaster attached,
            LongSupplier nanoTime) {
        this.supervisor = supervisor;
        this.hasPlugin = hasPlugin;
        this.restartDelay = restartDelay;
        this.masterState = masterState;
        this.attached = attached;
        this.nanoTime = nanoTime;
        this.awaySinceNanos = nanoTime.getAsLong();
        this.hangDetector = new HangDetector(hangLimit, LOOK, awaySinceNanos);
    }

    @Override
    public Taken take() {
        long now = nanoTime.getAsLong();
        MasterState state = masterState.current();
        Optional<Link> link = attached.current().map(AttachedBuildmaster.Attached::link);
        boolean isAttached = link.isPresent();
        Optional<String> hangs = hangDetector.look(link, now);
        if (isAttached || attached.isGreeted() || state.phase() != MasterState.Phase.ACTIVE) {
            awaySinceNanos = now;
        }
        if (state.phase() != MasterState.Phase.ACTIVE) {
            wasAttached = false;
            return new Taken("", LOOK);
        }
        if (hangs.isPresent()) {
            return end(state, link.orElseThrow(), hangs.get());
        }
        Taken taken = supervisor.map(s -> supervise(s, state, now)).orElseGet(() -> watch(state, isAttached, now));
        wasAttached = wasAttached || isAttached;
        return taken;
    }

    private Taken supervise(Supervisor buildmaster, MasterState state, long now) {
        if (buildmaster.isRunning()) {
            ranUnder = state.authority();
            if (hasPlugin && now - awaySinceNanos > PATIENCE.toNanos()) {
                doubt(state, "the buildmaster runs but does not connect");
                return new Taken("the buildmaster runs but does not connect; stopping it", LOOK);
            }
            return new Taken("the buildmaster runs", LOOK);
        }
        if (state.stopping()) {
            return new Taken("", LOOK);
        }
        if (ranUnder.isPresent() && ranUnder.equals(state.authority())) {
            doubt(state, "the buildmaster died");
            return new Taken("the buildmaster died", LOOK);
        }
        if (!hasPlugin && state.draining()) {
            return new Taken("not starting the buildmaster: drained", LOOK);
        }
        if (started && now - startedAtNanos < restartDelay.toNanos()) {
            return new Taken("", LOOK);
        }
        started = true;
        startedAtNanos = now;
        return start(buildmaster, state.authority().orElseThrow());
    }

    private Taken start(Supervisor buildmaster, Authority authority) {
        Optional<Authority> wanted = Optional.of(authority);
        if (!buildmaster.start(authority, () -> masterState.authority().equals(wanted))) {
            return new Taken("", LOOK);
        }
        ranUnder = wanted;
        return new Taken("started the buildmaster in epoch " + authority.epoch(), LOOK);
    }

    /**
     * Watches a buildmaster that somebody else starts: it counts as gone when it was away for as long as its lease
     * lasts.
     */
    private Taken watch(MasterState state, boolean isAttached, long now) {
        if (!isAttached
                && wasAttached
                && now - awaySinceNanos > masterState.remaining().toNanos()) {
            doubt(state, "the buildmaster disconnected and did not connect again within its lease");
            return new Taken("the buildmaster disconnected", LOOK);
        }
        return new Taken(isAttached ? "a buildmaster is attached" : "waiting for a buildmaster to connect", LOOK);
    }

    /**
     * Ends a buildmaster that hangs. If somebody else started it, only its link can be closed; it then gets no further
     * lease and stops by itself.
     */
    private Taken end(MasterState state, Link link, String why) {
        LOG.warn("{}: it hangs and is {}", why, supervisor.isPresent() ? "killed" : "disconnected");
        if (supervisor.isPresent()) {
            doubt(state, why);
        } else {
            link.close();
        }
        return new Taken("the buildmaster hangs", LOOK);
    }

    private void doubt(MasterState state, String why) {
        state.authority().ifPresent(authority -> masterState.doubt(authority, why));
    }
}
