package org.quorate.agent.link;

import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * What a buildmaster could start now.
 *
 * @param slots free places by builder
 * @param limit at most this many over all builders
 * @param attempt the token that the claims are to carry, never used before; by it the buildmaster finds them again when the
 *     answer is lost, see {@link Hello#unanswered}. Empty: the agent chooses one
 */
public record FreeSlots(Map<String, Integer> slots, int limit, Optional<UUID> attempt) {
    public FreeSlots {
        slots = Map.copyOf(slots);
    }

    /** Of a buildmaster that does not look for what is lost. */
    public FreeSlots(Map<String, Integer> slots, int limit) {
        this(slots, limit, Optional.empty());
    }
}
