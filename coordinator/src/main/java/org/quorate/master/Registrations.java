package org.quorate.master;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * The registration of one master with its agent. Every method is one transaction, and may throw {@link
 * DatabaseUnreachable}.
 */
public interface Registrations {
    /**
     * T1. Registers a new incarnation of the agent in the epoch of its predecessor, and keeps all its claims.
     *
     * @param after the incarnations of which one must hold the epoch; none: whoever holds it
     * @return empty, with nothing changed, if that epoch is over or another incarnation holds it
     */
    Optional<Registration> resume(String name, UUID incarnation, long epoch, Set<UUID> after);

    /** Resumes the epoch whichever incarnation holds it. */
    default Optional<Registration> resume(String name, UUID incarnation, long epoch) {
        return resume(name, incarnation, epoch, Set.of());
    }

    /** Returns the incarnation that holds this epoch of this master; empty if the epoch is over. */
    Optional<UUID> holder(String name, long epoch);

    /**
     * Fails as {@link #register} would where the database takes no writes or this agent's role lacks a right. Changes
     * nothing. An agent calls it before it draws a number for its epoch.
     */
    void proveWritable();

    /**
     * T1. Registers the agent for the master of this name, and creates the master's row if there is none. Begins a new
     * epoch, {@code greatest(database + 1, number)}, and releases in the same commit everything that an earlier epoch
     * held; so nothing of that may still run. Removes what its buildmaster left in Buildbot's tables.
     *
     * @param number a number from ZooKeeper that was never issued before (I6), or 0 when none can be had
     */
    Registration register(String name, UUID incarnation, long number);

    /**
     * Returns whether this authority is still the current one. This read extends the trust while ZooKeeper is
     * unreachable.
     */
    boolean isCurrent(Authority authority);

    /**
     * Leaves cleanly: releases what the master holds and marks it dead. If the authority is not current, throws {@link
     * Fenced} and changes nothing.
     */
    void leave(Authority authority, String why);

    /**
     * Stores which builders a buildmaster offers, by name, and creates their missing rows. Returns their ids. Throws
     * {@link Fenced}.
     */
    Map<String, Integer> offerBuilders(Authority authority, List<String> builders);
}
