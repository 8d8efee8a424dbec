package org.quorate.event;

import java.util.List;
import java.util.UUID;

/**
 * Batches that are published in one commit, in this order.
 *
 * @param attempt by which it is found again when the outcome of the commit is unknown
 * @param batches each a JSON array
 */
public record Publication(UUID attempt, List<String> batches) {
    public Publication {
        batches = List.copyOf(batches);
    }
}
