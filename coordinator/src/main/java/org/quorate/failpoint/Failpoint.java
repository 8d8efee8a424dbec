package org.quorate.failpoint;

import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * One step of the protocol at which this process can be made to fail, by {@code -Dquorate.failpoint=NAME:ACTION}; several are
 * separated by {@code ;}. An action is {@code pause(15s)}, {@code kill} or {@code throw}, at every passing or, with
 * {@code @3}, at the third only, with {@code @0.1} at one in ten. Without the property a passing is a constant condition
 * that the compiler drops. Each has a test of its own; one fails where one has none. Thread-safe.
 */
public enum Failpoint {
    /** T2, T3, T6, T7: the fence is held, nothing is written. */
    FENCE_HELD,
    /** T2: claims are inserted, the commit is to come. */
    CLAIM_INSERTED,
    /** T3: completions are written, the commit is to come. */
    COMPLETION_WRITTEN,
    /** Any transaction: the server has committed, nobody knows it yet. */
    COMMITTED,
    /** T1: the own row is locked and has its new epoch, nothing of the old one is released. */
    REGISTRATION_LOCKED,
    /** T1: the earlier epoch is to be resumed, its row is not locked yet. */
    RESUME_BEGUN,
    /** The own ephemeral node is made, whose it is was not checked. */
    NODE_CREATED,
    /** T6: the next term is written, not shown in Buildbot's table. */
    TERM_BEGUN,
    /** T7: the tick is written, its buildset is not. */
    TICK_WRITTEN,
    /** The housekeeper has looked and decided, nothing is done. */
    LOOK_TAKEN,
    /** The housekeeper has the number for the victim's next epoch, T5 has not begun. */
    NUMBER_DRAWN,
    /** T5: the victim's epoch has ended, nothing of it is released. */
    EPOCH_ENDED,
    /** T5 is committed, the victim's sessions go on. */
    FAILED_OVER;

    /** The system property that arms failpoints. */
    public static final String PROPERTY = "quorate.failpoint";

    private static final @Nullable String WRITTEN = System.getProperty(PROPERTY);
    private static final @Nullable FailpointScript SCRIPT = WRITTEN == null
            ? null
            : FailpointScript.of(WRITTEN, () -> ThreadLocalRandom.current().nextDouble());

    /** The name in the property: {@code fence-held}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The process is at this step. Does nothing, pauses, ends the process, or throws {@link Thrown}. */
    public void reached() {
        if (SCRIPT != null) {
            SCRIPT.reached(this);
        }
    }

    /** What is wrong with the property, in one sentence; a program that passes failpoints asks before it starts. */
    public static Optional<String> mistake() {
        return SCRIPT == null ? Optional.empty() : SCRIPT.mistake();
    }

    /** What the property says; empty without it, and in production. */
    public static Optional<String> armed() {
        return Optional.ofNullable(WRITTEN);
    }

    /** The failure that {@code throw} means: no expected outcome, so nobody may have an answer ready for it. */
    public static final class Thrown extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Thrown(Failpoint failpoint) {
            super("failpoint " + failpoint.word() + " threw");
        }
    }
}
