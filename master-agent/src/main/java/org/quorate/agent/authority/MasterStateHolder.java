package org.quorate.agent.authority;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.quorate.master.Authority;

/**
 * The one place where this master's {@link MasterState} changes. Whoever is told by the database that it is fenced, or sees
 * that the trust is over, calls {@link #doubt}; from then on nobody gets the authority any more. Thread-safe.
 */
public final class MasterStateHolder {
    private volatile MasterState standing = MasterState.FIRST;
    private final CopyOnWriteArrayList<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final LongSupplier nanoTime;

    public MasterStateHolder(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    public MasterState standing() {
        return standing;
    }

    /** Called after every change of phase, drain or stop, on the thread that made it: wake, never act. */
    public void onChange(Runnable wake) {
        listeners.add(wake);
    }

    /** The authority to write with, if this agent trusts itself right now. */
    public Optional<Authority> authority() {
        MasterState now = standing;
        return now.isTrustedAt(nanoTime.getAsLong()) ? now.authority() : Optional.empty();
    }

    /** What is left of the trust. */
    public Duration remaining() {
        MasterState now = standing;
        return now.phase() == MasterState.Phase.IN ? now.trust().remainingAt(nanoTime.getAsLong()) : Duration.ZERO;
    }

    /** Whether new claims and terms may be taken. */
    public boolean isOpen() {
        MasterState now = standing;
        return now.isTrustedAt(nanoTime.getAsLong()) && !now.draining() && !now.stopping();
    }

    /** The epoch is over or in doubt. Only the first doubt about an authority counts. */
    public void doubt(Authority about, String why) {
        change(now -> now.phase() == MasterState.Phase.IN
                        && now.authority().filter(about::equals).isPresent()
                ? now.fenced(why)
                : now);
    }

    /** An acknowledgement that was sent at this instant proves the authority. */
    public void acknowledged(Authority of, long sentAtNanos, Duration trust) {
        set(now -> now.phase() == MasterState.Phase.IN
                        && now.authority().filter(of::equals).isPresent()
                ? now.trusting(now.trust().acknowledged(sentAtNanos, trust))
                : now);
    }

    public void change(UnaryOperator<MasterState> how) {
        if (set(how)) {
            listeners.forEach(Runnable::run);
        }
    }

    private synchronized boolean set(UnaryOperator<MasterState> how) {
        MasterState before = standing;
        standing = how.apply(before);
        return !before.equals(standing);
    }
}
