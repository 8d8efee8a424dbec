package org.quorate.agent.membership;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.quorate.agent.authority.MasterState;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.inbox.AttachedBuildmaster;
import org.quorate.agent.loop.Step;
import org.quorate.agent.metrics.Metrics;
import org.quorate.agent.supervision.Supervisor;
import org.quorate.master.Authority;

/**
 * Stops this master for certain. It looks ten times a second whether the trust is over. On any doubt it notifies the
 * buildmaster that it is fenced, kills its remaining processes, and only then lets the agent register again. It depends
 * on no store and on no other loop, so that nothing that hangs can prevent it. One thread.
 */
public final class FenceStep implements Step {
    private static final Duration WATCH = Duration.ofMillis(100);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final MasterStateHolder masterState;
    private final AttachedBuildmaster attached;
    private final Supervision supervision;
    private final Duration killTime;
    private final LongSupplier nanoTime;
    private final Metrics metrics;
    private long lookedAtNanos;

    public FenceStep(
            MasterStateHolder masterState,
            AttachedBuildmaster attached,
            Supervision supervision,
            Duration killTime,
            LongSupplier nanoTime,
            Metrics metrics) {
        this.masterState = masterState;
        this.attached = attached;
        this.supervision = supervision;
        this.killTime = killTime;
        this.nanoTime = nanoTime;
        this.metrics = metrics;
        this.lookedAtNanos = nanoTime.getAsLong();
    }

    @Override
    public Taken take() {
        noticePause();
        MasterState now = masterState.current();
        if (now.phase() == MasterState.Phase.ACTIVE && !now.trust().isTrustedAt(nanoTime.getAsLong())) {
            Authority authority = now.authority().orElseThrow();
            masterState.doubt(authority, "no store has acknowledged this master within its trust");
        }
        if (masterState.current().phase() != MasterState.Phase.FENCED) {
            return new Taken("", WATCH);
        }
        String why = masterState.current().reason();
        attached.send(link -> link.fence(why));
        boolean gone = supervision.kill(killTime);
        if (!gone) {
            return new Taken("fenced, but the buildmaster is not gone yet: " + why, WATCH);
        }
        masterState.change(state -> state.phase() == MasterState.Phase.FENCED ? state.unregistered(why) : state);
        return new Taken("fenced, buildmaster stopped: " + why, WATCH);
    }

    /**
     * Counts a pause: the whole process stood still or was starved. The check of the trust that follows decides what it
     * means.
     */
    private void noticePause() {
        long now = nanoTime.getAsLong();
        if (now - lookedAtNanos > PAUSE.toNanos()) {
            metrics.paused();
        }
        lookedAtNanos = now;
    }

    /**
     * The part of the {@link Supervisor} that this step needs; {@link #none} if somebody else starts the buildmaster.
     */
    public interface Supervision {
        /** Kills the buildmaster. Returns true if no process of it is left. */
        boolean kill(Duration limit);

        static Supervision none() {
            return limit -> true;
        }
    }
}
