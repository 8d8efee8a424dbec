package org.quorate.health;

/**
 * One thing that the cluster cannot do now.
 *
 * @param what a clause without a full stop: what cannot happen, and why
 * @param mend what an operator can do about it
 */
public record Lack(Subject subject, Grade grade, String what, String mend) {
    /** The part of the cluster that lacks something. */
    public enum Subject {
        DATABASE,
        ZOOKEEPER,
        MASTERS,
        HOUSEKEEPER,
        BUILDMASTERS,
        BUILDERS,
        SCHEDULERS,
        SET_ASIDE,
        GIVEN_BACK
    }

    /** The extent of what cannot be done. */
    public enum Grade {
        /** Some of the work waits. */
        IMPAIRED,
        /** No build is started at all. */
        HALTED
    }
}
