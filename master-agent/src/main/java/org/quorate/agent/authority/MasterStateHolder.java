package org.quorate.agent.authority;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.quorate.master.Authority;

/**
 * Holds this master's {@link MasterState}; it changes nowhere else. A loop that the database refuses, or that sees the trust run
 * out, calls {@link #doubt}; from then on no loop gets the authority. Thread-safe.
 */
public final class MasterStateHolder {
    private volatile MasterState state = MasterState.FIRST;
    private final CopyOnWriteArrayList<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final LongSupplier nanoTime;

    public MasterStateHolder(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    public MasterState current() {
        return state;
    }

    /** Called after every change of phase, drain or stop, on the thread that made it: wake, never act. */
    public void onChange(Runnable wake) {
        listeners.add(wake);
    }

    /** The authority to write with, if this agent trusts itself right now. */
    public Optional<Authority> authority() {
        MasterState now = state;
        return now.isTrustedAt(nanoTime.getAsLong()) ? now.authority() : Optional.empty();
    }

    /** What is left of the trust. */
    public Duration remaining() {
        MasterState now = state;
        return now.phase() == MasterState.Phase.ACTIVE ? now.trust().remainingAt(nanoTime.getAsLong()) : Duration.ZERO;
    }

    /** Whether new claims and terms may be taken. */
    public boolean isOpen() {
        MasterState now = state;
        return now.isTrustedAt(nanoTime.getAsLong()) && !now.draining() && !now.stopping();
    }

    /** The epoch is over or in doubt. Only the first doubt about an authority counts. */
    public void doubt(Authority about, String why) {
        change(now -> now.phase() == MasterState.Phase.ACTIVE
                        && now.authority().filter(about::equals).isPresent()
                ? now.fenced(why)
                : now);
    }

    /** An acknowledgement that was sent at this instant proves the authority. */
    public void acknowledged(Authority of, long sentAtNanos, Duration trust) {
        set(now -> now.phase() == MasterState.Phase.ACTIVE
                        && now.authority().filter(of::equals).isPresent()
                ? now.withTrust(now.trust().acknowledged(sentAtNanos, trust))
                : now);
    }

    public void change(UnaryOperator<MasterState> how) {
        if (set(how)) {
            listeners.forEach(Runnable::run);
        }
    }

    private synchronized boolean set(UnaryOperator<MasterState> how) {
        MasterState before = state;
        state = how.apply(before);
        return !before.equals(state);
    }
}
