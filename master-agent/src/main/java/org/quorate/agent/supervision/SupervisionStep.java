package org.quorate.agent.supervision;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.quorate.agent.authority.MasterState;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.inbox.BuildmasterInbox;
import org.quorate.agent.link.Link;
import org.quorate.agent.loop.Step;
import org.quorate.master.Authority;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a buildmaster running and attached while this master is in: starts one in every epoch, and doubts the epoch when it
 * died, hangs or stays away, so that what it held is released at once and the next one begins with nothing. One without the
 * plugin never attaches; drained, it ended by itself and is not started. One thread.
 */
public final class SupervisionStep implements Step {
    private static final Logger LOG = LoggerFactory.getLogger(SupervisionStep.class);
    private static final Duration LOOK = Duration.ofMillis(250);
    /** A buildmaster that runs but has not said hello for this long is taken for hung; the answer may wait for a store. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Optional<Supervisor> supervisor;
    private final boolean plugged;
    private final Duration restartDelay;
    private final MasterStateHolder masterState;
    private final BuildmasterInbox desk;
    private final LongSupplier nanoTime;
    private final HangDetector silence;
    private Optional<Authority> ranUnder = Optional.empty();
    private boolean wasAttached;
    private long awaySinceNanos;
    private long startedAtNanos;
    private boolean started;

    public SupervisionStep(
            Optional<Supervisor> supervisor,
            boolean plugged,
            Duration restartDelay,
            Duration hangLimit,
            MasterStateHolder masterState,
            BuildmasterInbox desk,
            LongSupplier nanoTime) {
        this.supervisor = supervisor;
        this.plugged = plugged;
        this.restartDelay = restartDelay;
        this.masterState = masterState;
        this.desk = desk;
        this.nanoTime = nanoTime;
        this.awaySinceNanos = nanoTime.getAsLong();
        this.silence = new HangDetector(hangLimit, LOOK, awaySinceNanos);
    }

    @Override
    public Taken take() {
        long now = nanoTime.getAsLong();
        MasterState standing = masterState.standing();
        Optional<Link> link = desk.attached().map(BuildmasterInbox.Attached::link);
        boolean attached = link.isPresent();
        Optional<String> hangs = silence.look(link, now);
        if (attached || desk.isGreeted() || standing.phase() != MasterState.Phase.IN) {
            awaySinceNanos = now;
        }
        if (standing.phase() != MasterState.Phase.IN) {
            wasAttached = false;
            return new Taken("", LOOK);
        }
        if (hangs.isPresent()) {
            return end(standing, link.orElseThrow(), hangs.get());
        }
        Taken taken = supervisor.map(s -> supervise(s, standing, now)).orElseGet(() -> watch(standing, attached, now));
        wasAttached = wasAttached || attached;
        return taken;
    }

    private Taken supervise(Supervisor buildmaster, MasterState standing, long now) {
        if (buildmaster.isRunning()) {
            ranUnder = standing.authority();
            if (plugged && now - awaySinceNanos > PATIENCE.toNanos()) {
                doubt(standing, "the buildmaster runs but does not connect");
                return new Taken("the buildmaster runs but does not connect; stopping it", LOOK);
            }
            return new Taken("the buildmaster runs", LOOK);
        }
        if (standing.stopping()) {
            return new Taken("", LOOK);
        }
        if (ranUnder.isPresent() && ranUnder.equals(standing.authority())) {
            doubt(standing, "the buildmaster died");
            return new Taken("the buildmaster died", LOOK);
        }
        if (!plugged && standing.draining()) {
            return new Taken("not starting the buildmaster: drained", LOOK);
        }
        if (started && now - startedAtNanos < restartDelay.toNanos()) {
            return new Taken("", LOOK);
        }
        started = true;
        startedAtNanos = now;
        return start(buildmaster, standing.authority().orElseThrow());
    }

    private Taken start(Supervisor buildmaster, Authority authority) {
        Optional<Authority> wanted = Optional.of(authority);
        if (!buildmaster.start(authority, () -> masterState.authority().equals(wanted))) {
            return new Taken("", LOOK);
        }
        ranUnder = wanted;
        return new Taken("started the buildmaster in epoch " + authority.epoch(), LOOK);
    }

    /** A buildmaster that somebody else starts: it is gone when it stays away for as long as its lease could have lasted. */
    private Taken watch(MasterState standing, boolean attached, long now) {
        if (!attached
                && wasAttached
                && now - awaySinceNanos > masterState.remaining().toNanos()) {
            doubt(standing, "the buildmaster went and did not come back within its lease");
            return new Taken("the buildmaster went", LOOK);
        }
        return new Taken(attached ? "a buildmaster is attached" : "waiting for a buildmaster to connect", LOOK);
    }

    /** Of one that somebody else started only the link can be ended; then it gets no lease any more, and stops by that. */
    private Taken end(MasterState standing, Link link, String why) {
        LOG.warn("{}: it hangs, and is {}", why, supervisor.isPresent() ? "killed" : "disconnected");
        if (supervisor.isPresent()) {
            doubt(standing, why);
        } else {
            link.close();
        }
        return new Taken("the buildmaster hangs", LOOK);
    }

    private void doubt(MasterState standing, String why) {
        standing.authority().ifPresent(authority -> masterState.doubt(authority, why));
    }
}
