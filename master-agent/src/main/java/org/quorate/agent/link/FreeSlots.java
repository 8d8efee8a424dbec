package org.quorate.agent.link;

import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The number of builds that a buildmaster could start now.
 *
 * @param slots free slots by builder
 * @param limit at most this many over all builders
 * @param attempt the token for the claims, never used before; with it the buildmaster finds the claims again if the
 *     answer is lost, see {@link Hello#unanswered}. Empty: the agent chooses a token
 */
public record FreeSlots(Map<String, Integer> slots, int limit, Optional<UUID> attempt) {
    public FreeSlots {
        slots = Map.copyOf(slots);
    }

    /** Makes the free slots of a buildmaster that does not look for claims whose answer was lost. */
    public FreeSlots(Map<String, Integer> slots, int limit) {
        this(slots, limit, Optional.empty());
    }
}
