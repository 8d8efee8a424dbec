package org.quorate.failpoint;

import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * One step of the protocol at which this process can be made to fail, by {@code -Dquorate.failpoint=NAME:ACTION};
 * several are separated by {@code ;}. An action is {@code pause(15s)}, {@code kill} or {@code throw}. It happens each
 * time the step is reached; with {@code @3} only the third time, with {@code @0.1} one time in ten. Without the
 * property, {@link #reached} tests a constant that the compiler removes. Each failpoint has a test of its own, and a
 * test fails if one has none. Thread-safe.
 */
public enum Failpoint {
    /** T2, T3, T6, T7: the fence is held, nothing is written yet. */
    FENCE_HELD,
    /** T2: the claims are inserted, not committed yet. */
    CLAIM_INSERTED,
    /** T3: the completions are written, not committed yet. */
    COMPLETION_WRITTEN,
    /** Any transaction: the server has committed, the process does not know it yet. */
    COMMITTED,
    /** T1: this master's row is locked and has its new epoch, nothing of the old epoch is released yet. */
    REGISTRATION_LOCKED,
    /** T1: the earlier epoch is to be resumed, this master's row is not locked yet. */
    RESUME_BEGUN,
    /** This master's ephemeral node exists, its owner is not checked yet. */
    NODE_CREATED,
    /** T6: the next term is written, not shown in Buildbot's table yet. */
    TERM_BEGUN,
    /** T7: the tick is written, its buildset is not yet. */
    TICK_WRITTEN,
    /** The housekeeper has looked and decided, nothing is done yet. */
    LOOK_TAKEN,
    /** The housekeeper has the number for the victim's next epoch, T5 has not begun. */
    NUMBER_DRAWN,
    /** T5: the victim's epoch has ended, nothing of it is released yet. */
    EPOCH_ENDED,
    /** T5 is committed, the victim's sessions are still open. */
    FAILED_OVER;

    /** The system property that arms failpoints. */
    public static final String PROPERTY = "quorate.failpoint";

    private static final @Nullable String WRITTEN = System.getProperty(PROPERTY);
    private static final @Nullable FailpointScript SCRIPT = WRITTEN == null
            ? null
            : FailpointScript.of(WRITTEN, () -> ThreadLocalRandom.current().nextDouble());

    /** Returns the name in the property: {@code fence-held}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Notes that the process is at this step. Does nothing, pauses, ends the process, or throws {@link Thrown}. */
    public void reached() {
        if (SCRIPT != null) {
            SCRIPT.reached(this);
        }
    }

    /**
     * Returns what is wrong with the property, in one sentence. A program with failpoints calls this before it starts.
     */
    public static Optional<String> mistake() {
        return SCRIPT == null ? Optional.empty() : SCRIPT.mistake();
    }

    /** Returns the text of the property; empty if it is not set, as in production. */
    public static Optional<String> armed() {
        return Optional.ofNullable(WRITTEN);
    }

    /** The exception that {@code throw} throws. No code expects it, so no code handles it specially. */
    public static final class Thrown extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Thrown(Failpoint failpoint) {
            super("failpoint " + failpoint.word() + " threw");
        }
    }
}
