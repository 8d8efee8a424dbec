package org.quorate.agent.link;

import java.util.List;
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
 * @param chosen by builder: buildrequests that the buildmaster has chosen and could start now, beside those slots
 */
public record FreeSlots(
        Map<String, Integer> slots, int limit, Optional<UUID> attempt, Map<String, List<Integer>> chosen) {
    public FreeSlots {
        slots = Map.copyOf(slots);
        chosen = Map.copyOf(chosen);
    }

    /** Makes the free slots of a buildmaster that has chosen nothing. */
    public FreeSlots(Map<String, Integer> slots, int limit, Optional<UUID> attempt) {
        this(slots, limit, attempt, Map.of());
    }

    /** Makes the free slots of a buildmaster that does not look for claims whose answer was lost. */
    public FreeSlots(Map<String, Integer> slots, int limit) {
        this(slots, limit, Optional.empty());
    }
}
