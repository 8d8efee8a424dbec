package org.quorate.event;

import java.util.List;
import java.util.UUID;

/**
 * Batches that are published in one commit, in this order.
 *
 * @param attempt identifies the publication when the outcome of its commit is unknown
 * @param batches each a JSON array
 */
public record Publication(UUID attempt, List<String> batches) {
    public Publication {
        batches = List.copyOf(batches);
    }
}
