package org.quorate.agent.authority;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.quorate.master.Authority;

/**
 * Holds this master's {@link MasterState}, which changes nowhere else. A loop whose write the database refuses, or that
 * sees the trust run out, calls {@link #doubt}; from then on no loop gets the authority. Thread-safe.
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

    /**
     * Adds a listener, which is called after every change of phase, drain or stop, on the thread that made the change.
     * The listener must only wake a loop, never act.
     */
    public void onChange(Runnable wake) {
        listeners.add(wake);
    }

    /** Returns the authority to write with, if this agent trusts itself right now. */
    public Optional<Authority> authority() {
        MasterState now = state;
        return now.isTrustedAt(nanoTime.getAsLong()) ? now.authority() : Optional.empty();
    }

    /** Returns how much of the trust is left. */
    public Duration remaining() {
        MasterState now = state;
        return now.phase() == MasterState.Phase.ACTIVE ? now.trust().remainingAt(nanoTime.getAsLong()) : Duration.ZERO;
    }

    /** Returns whether this master may claim. While it is drained, that is only for what its own builds wait for. */
    public boolean mayClaim() {
        MasterState now = state;
        return now.isTrustedAt(nanoTime.getAsLong()) && !now.stopping();
    }

    /** Returns whether this master may make new claims and begin new terms. */
    public boolean isOpen() {
        MasterState now = state;
        return now.isTrustedAt(nanoTime.getAsLong()) && !now.draining() && !now.stopping();
    }

    /** Fences this master, because the epoch is over or in doubt. Only the first doubt about an authority counts. */
    public void doubt(Authority about, String why) {
        change(now -> now.phase() == MasterState.Phase.ACTIVE
                        && now.authority().filter(about::equals).isPresent()
                ? now.fenced(why)
                : now);
    }

    /** Extends the trust: a store acknowledged the authority, and that request was sent at {@code sentAtNanos}. */
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
