package org.quorate.master;

import java.time.Duration;

/**
 * What the housekeeper does for masters that are gone. Every method is one transaction, and may throw {@link
 * DatabaseUnreachable}.
 */
public interface Failovers {
    /** T4. Makes this master the housekeeper; answers the new leader epoch. Throws {@link Fenced}. */
    long lead(Authority authority, long number);

    /**
     * T5, first half: ends the victim's epoch, if the leader epoch is current and the victim's is still {@code observed};
     * releases its claims and schedulers in the same commit when its agent has no database session left.
     */
    FailOver failOver(Authority leader, long leaderEpoch, int victim, long observed, long number, String why);

    /** T5, second half, after the kill time: releases what a fenced master still holds. Answers the claims released. */
    int release(Authority leader, long leaderEpoch, int victim);

    /** Ends the database sessions of the victim's agent. Answers how many. */
    int endSessions(String victimName);

    /**
     * Finishes what a crashed agent left half done beside the claims: buildsets whose requests are all complete. Forgets what
     * buildmasters said more than an hour ago, and vouches for the active masters in Buildbot's table, whose ten-minute expiry
     * then never fires. Makes the history's partitions for the days to come, and drops those that are older than the retention.
     * Answers how many buildsets were finished.
     */
    int tidy(Authority leader, long leaderEpoch, Duration retention);

    /** The outcome of T5's first half. */
    record FailOver(Result result, int released, long epoch) {
        /** What became of the victim. */
        public enum Result {
            /** Fenced, and everything it held is released. */
            RELEASED,
            /** Fenced; its claims wait for {@link #release} after the kill time. */
            FENCED,
            /** Nothing done: the victim's epoch moved on, or it is dead already. */
            NOTHING,
            /** Nothing done: this leader epoch is not the current one (I8). */
            DEPOSED
        }
    }
}
