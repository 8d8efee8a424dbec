package org.quorate.master;

import java.time.Duration;

/**
 * What the housekeeper does for masters that are gone. Every method is one transaction, and may throw {@link
 * DatabaseUnreachable}.
 */
public interface Failovers {
    /** T4. Makes this master the housekeeper and returns the new leader epoch. Throws {@link Fenced}. */
    long lead(Authority authority, long number);

    /**
     * T5, first half: ends the victim's epoch, if the leader epoch is current and the victim's epoch is still {@code
     * observed}. If the victim's agent has no database session left, releases its claims and schedulers in the same
     * commit.
     */
    FailOver failOver(Authority leader, long leaderEpoch, int victim, long observed, long number, String why);

    /**
     * T5, second half, after the kill time: releases what a fenced master still holds. Returns how many claims it
     * released.
     */
    int release(Authority leader, long leaderEpoch, int victim);

    /** Ends the database sessions of the victim's agent. Returns how many it ended. */
    int endSessions(String victimName);

    /**
     * Cleans up. Finishes what a crashed agent left incomplete: buildsets whose buildrequests are all complete. Deletes
     * events between buildmasters that are older than an hour. Refreshes the active masters in Buildbot's table, so
     * that Buildbot's expiry after ten minutes never applies to them. Creates the history's partitions for the next
     * days, and drops those that are older than the retention.
     *
     * @return how many buildsets were finished
     */
    int tidy(Authority leader, long leaderEpoch, Duration retention);

    /** The result of the first half of T5. */
    record FailOver(Result result, int released, long epoch) {
        /** The outcome for the victim. */
        public enum Result {
            /** The victim is fenced, and everything it held is released. */
            RELEASED,
            /** The victim is fenced; {@link #release} releases its claims after the kill time. */
            FENCED,
            /** Nothing was done: the victim's epoch is no longer the observed one, or the victim is already dead. */
            NOTHING,
            /** Nothing was done: this leader epoch is not the current one (I8). */
            DEPOSED
        }
    }
}
