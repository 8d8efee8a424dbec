package org.quorate.master;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The port to the masters' rows in the database. Every method is one transaction; each may throw
 * {@link DatabaseUnreachable}.
 */
public interface Masters {
    /**
     * T1. Registers a new incarnation of the agent under the epoch that its predecessor knew, with all its claims. Empty, and
     * nothing done: that epoch is over.
     */
    Optional<Registration> resume(String name, UUID incarnation, long epoch);

    /**
     * T1. Registers the agent for the master of this name, making the master's row if there is none. Begins a new epoch,
     * {@code greatest(database + 1, number)}, and releases in the same commit whatever an earlier epoch held; so nothing of
     * that may run any more. Clears what its buildmaster left behind in Buildbot's tables.
     *
     * @param number a number from ZooKeeper that was never issued before (I6), or 0 when it cannot be had
     */
    Registration register(String name, UUID incarnation, long number);

    /** Whether this authority is still the current one: the read that extends trust while ZooKeeper is away. */
    boolean isCurrent(Authority authority);

    /** Whether an operator wants this epoch to end, with its buildmaster. */
    boolean isRecycled(Authority authority);

    /**
     * A clean leave: releases what is held and marks the master dead. Throws {@link Fenced}, and does nothing, if the
     * authority is not current.
     */
    void leave(Authority authority, String why);

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

    /** All masters that Quorate knows. */
    List<MasterRow> list();

    /** Notes what a buildmaster offers: its builders, by name; makes missing rows. Answers their ids. Throws {@link Fenced}. */
    Map<String, Integer> offerBuilders(Authority authority, List<String> builders);

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
