package org.quorate.agent.supervision;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.authority.MasterState;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.inbox.AttachedBuildmaster;
import org.quorate.agent.link.Link;
import org.quorate.agent.loop.Step;
import org.quorate.master.Authority;
import org.quorate.time.Deadline;
import org.quorate.time.DurationOrder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a buildmaster running and attached while this master is registered. Starts one in every epoch. Doubts the epoch
 * if the buildmaster died, hangs or does not connect, so that its claims are released at once and the next epoch begins
 * without any; it keeps an epoch in which no buildmaster can have held a claim. The pause before a start grows while
 * starts fail. A stock buildmaster never attaches; when drained, it has ended by itself and is not started. One thread.
 */
public final class SupervisionStep implements Step {
    private static final Logger LOG = LoggerFactory.getLogger(SupervisionStep.class);
    private static final Duration LOOK = HangDetector.LOOK;
    /** A buildmaster that was connected and runs, but does not connect again for this long, counts as hung. */
    private static final Duration LEAST_PATIENCE = Duration.ofSeconds(60);

    private final @Nullable Supervisor supervisor;
    private final boolean hasPlugin;
    private final Limits limits;
    private final MasterStateHolder masterState;
    private final AttachedBuildmaster attached;
    private final FailedStarts failedStarts;
    private final LongSupplier nanoTime;
    private final HangDetector hangDetector;
    private @Nullable Authority ranUnder;
    private @Nullable Authority seen;
    /** The first authority that this step saw: an earlier agent's buildmaster may hold claims under it. */
    private @Nullable Authority first;

    private boolean wasAttached;
    private long awaySinceNanos;
    private @Nullable Deadline nextStart;
    private Run run;
    /** Until when the next start waits, since the last one failed. */
    private @Nullable Deadline backsOffUntil;

    private boolean doubtedForFailure;

    /**
     * The durations of supervision.
     *
     * @param restart the least time from one start to the next; the pause after a failed start doubles from it
     * @param start how long a buildmaster may take from its start until it connects
     */
    public record Limits(Duration restart, Duration start) {}

    public SupervisionStep(
            Optional<Supervisor> supervisor,
            boolean hasPlugin,
            Limits limits,
            MasterStateHolder masterState,
            AttachedBuildmaster attached,
            FailedStarts failedStarts,
            HangDetector hangDetector,
            LongSupplier nanoTime) {
        this.supervisor = supervisor.orElse(null);
        this.hasPlugin = hasPlugin;
        this.limits = limits;
        this.masterState = masterState;
        this.attached = attached;
        this.failedStarts = failedStarts;
        this.nanoTime = nanoTime;
        this.awaySinceNanos = nanoTime.getAsLong();
        this.run = new Run(attached.attachments(), awaySinceNanos, !hasPlugin);
        this.hangDetector = hangDetector;
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
        noteAuthority(state);
        if (hangs.isPresent()) {
            return end(state, link.orElseThrow(), hangs.get());
        }
        Taken taken = supervisor == null ? watch(state, isAttached, now) : supervise(supervisor, state, now);
        wasAttached = wasAttached || isAttached;
        return taken;
    }

    /** A new epoch that no failure began is an operator's or a store's: it starts the buildmaster without a pause. */
    private void noteAuthority(MasterState state) {
        Authority current = state.authority().orElse(null);
        if (!Objects.equals(current, seen)) {
            seen = current;
            first = first == null ? current : first;
            if (!doubtedForFailure) {
                failedStarts.forget();
                backsOffUntil = null;
            }
            doubtedForFailure = false;
        }
    }

    private Taken supervise(Supervisor buildmaster, MasterState state, long now) {
        if (buildmaster.isRunning()) {
            ranUnder = state.authority().orElse(null);
            return watchOver(state, now);
        }
        if (state.stopping()) {
            return new Taken("", LOOK);
        }
        if (ranUnder != null && isOf(state, ranUnder)) {
            return ended(buildmaster, state, now);
        }
        if (!hasPlugin && state.draining()) {
            return new Taken("not starting the buildmaster: drained", LOOK);
        }
        if (backsOffUntil != null && !backsOffUntil.isOver(now)) {
            return new Taken(
                    failedStarts.sentence().orElse("") + "; next start in "
                            + words(failedStarts.pause(limits.restart())),
                    LOOK);
        }
        if (nextStart != null && !nextStart.isOver(now)) {
            return new Taken("", LOOK);
        }
        nextStart = Deadline.after(limits.restart(), now);
        return start(buildmaster, state.authority().orElseThrow());
    }

    private Taken watchOver(MasterState state, long now) {
        run.look(attached, now);
        if (run.hasConnected()) {
            failedStarts.serves();
        }
        if (run.isGood()) {
            failedStarts.forget();
        }
        Duration away = Duration.ofNanos(now - awaySinceNanos);
        Duration limit =
                run.hasConnected() ? DurationOrder.longer(LEAST_PATIENCE, hangDetector.limit()) : limits.start();
        if (hasPlugin && away.compareTo(limit) > 0) {
            return late(state, now, "it runs, but did not connect within " + words(limit));
        }
        return new Taken(run.hasConnected() || !hasPlugin ? "the buildmaster runs" : starting(away), LOOK);
    }

    private String starting(Duration away) {
        return "the buildmaster is starting"
                + (away.toMinutes() > 0
                        ? " for " + away.toMinutes() + " min now; it is stopped after " + words(limits.start())
                                + " (buildmaster.start_limit)"
                        : "");
    }

    private Taken late(MasterState state, long now, String how) {
        LOG.warn("the buildmaster does not connect: {}; stopping it", how);
        fail(now, how);
        doubtForFailure(state, "the buildmaster does not connect: " + how);
        return new Taken("the buildmaster does not connect; stopping it", LOOK);
    }

    /** The buildmaster ended by itself. */
    private Taken ended(Supervisor buildmaster, MasterState state, long now) {
        String how = buildmaster.ending().orElse("its process ended");
        if (!run.isGood()) {
            fail(now, how);
        }
        boolean isFirst = first != null && isOf(state, first);
        if (hasPlugin && !isFirst && !run.mayHaveConnected(attached)) {
            // it holds no claim
            ranUnder = null;
            return new Taken("the buildmaster ended before it connected: " + how, LOOK);
        }
        doubtForFailure(state, "the buildmaster died");
        return new Taken("the buildmaster died", LOOK);
    }

    private void fail(long now, String how) {
        failedStarts.failed(how);
        backsOffUntil = Deadline.after(failedStarts.pause(limits.restart()), now);
    }

    private void doubtForFailure(MasterState state, String why) {
        doubtedForFailure = true;
        doubt(state, why);
    }

    private static String words(Duration duration) {
        return duration.toSeconds() % 60 == 0 && duration.toMinutes() > 0
                ? duration.toMinutes() + " min"
                : duration.toMillis() / 1000.0 + " s";
    }

    private Taken start(Supervisor buildmaster, Authority authority) {
        if (!buildmaster.start(
                authority,
                () -> masterState.authority().filter(authority::equals).isPresent())) {
            return new Taken("", LOOK);
        }
        ranUnder = authority;
        awaySinceNanos = nanoTime.getAsLong();
        run = new Run(attached.attachments(), awaySinceNanos, !hasPlugin);
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
        LOG.warn("{}: it hangs and is {}", why, supervisor == null ? "disconnected" : "killed");
        if (supervisor != null) {
            doubt(state, why);
        } else {
            link.close();
        }
        return new Taken("the buildmaster hangs", LOOK);
    }

    private static boolean isOf(MasterState state, Authority authority) {
        return state.authority().filter(authority::equals).isPresent();
    }

    private void doubt(MasterState state, String why) {
        state.authority().ifPresent(authority -> masterState.doubt(authority, why));
    }
}
