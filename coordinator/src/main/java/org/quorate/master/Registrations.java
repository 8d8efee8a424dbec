package org.quorate.master;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The registration of one master with its agent. Every method is one transaction, and may throw {@link
 * DatabaseUnreachable}.
 */
public interface Registrations {
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

    /**
     * A clean leave: releases what is held and marks the master dead. Throws {@link Fenced}, and does nothing, if the
     * authority is not current.
     */
    void leave(Authority authority, String why);

    /** Notes what a buildmaster offers: its builders, by name; makes missing rows. Answers their ids. Throws {@link Fenced}. */
    Map<String, Integer> offerBuilders(Authority authority, List<String> builders);
}
