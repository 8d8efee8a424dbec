package org.quorate.agent.control;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.quorate.master.Authority;
import org.quorate.master.MasterRows;
import org.quorate.time.ClockOffset;

/**
 * What the agent writes into its master's row for operators to read: what keeps its buildmaster from starting, and how
 * far this machine's clock is off. Nothing is decided by either. It writes only what has changed, since each claim
 * holds a lock on the row. One thread, except {@link #clock}.
 */
public final class SelfReport {
    /** A slower answer says too little about the clock. */
    private static final Duration ERROR_MAX = Duration.ofMillis(250);
    /** A smaller change is not written. */
    private static final Duration TOLERANCE = Duration.ofMillis(100);

    private final MasterRows masters;
    private final Supplier<Optional<String>> trouble;
    private final InstantSource wallClock;
    private final LongSupplier nanoTime;
    private @Nullable Published<Optional<String>> publishedTrouble;
    private @Nullable Published<ClockOffset> publishedClock;
    private volatile Optional<ClockOffset> clock = Optional.empty();

    /** A value in the master's row, and the authority under which it was written. */
    private record Published<T>(Authority authority, T value) {}

    /**
     * Makes the report.
     *
     * @param trouble what keeps the buildmaster from starting
     * @param wallClock this machine's
     */
    public SelfReport(
            MasterRows masters, Supplier<Optional<String>> trouble, InstantSource wallClock, LongSupplier nanoTime) {
        this.masters = masters;
        this.trouble = trouble;
        this.wallClock = wallClock;
        this.nanoTime = nanoTime;
    }

    /** Returns how far this machine's clock is ahead of the database's, as last measured. Any thread. */
    public Optional<ClockOffset> clock() {
        return clock;
    }

    /** Asks for the operators' orders. The answer has the database's clock, so the two clocks are compared by it. */
    MasterRows.Orders orders(Authority authority) {
        Instant askedAt = wallClock.instant();
        long askedAtNanos = nanoTime.getAsLong();
        MasterRows.Orders orders = masters.orders(authority);
        Duration took = Duration.ofNanos(nanoTime.getAsLong() - askedAtNanos);
        ClockOffset measured = ClockOffset.of(askedAt, took, orders.at());
        if (measured.error().compareTo(ERROR_MAX) <= 0) {
            clock = Optional.of(measured);
        }
        return orders;
    }

    /** Writes what has changed since it was last written, and all of it in a new epoch. */
    void publish(Authority authority) {
        Published<Optional<String>> now = new Published<>(authority, trouble.get());
        if (!now.equals(publishedTrouble)) {
            masters.publishTrouble(authority, now.value());
            publishedTrouble = now;
        }
        clock.ifPresent(measured -> publish(authority, measured));
    }

    private void publish(Authority authority, ClockOffset measured) {
        if (publishedClock == null
                || !publishedClock.authority().equals(authority)
                || !publishedClock.value().isNear(measured, TOLERANCE)) {
            masters.publishClock(authority, measured);
            publishedClock = new Published<>(authority, measured);
        }
    }
}
