package org.quorate.identity;

import java.util.Optional;
import java.util.UUID;

/**
 * What the ensemble records: its own identity, and the database that the cluster uses.
 *
 * @param cluster the cluster's uuid
 * @param ensemble drawn when the record was made; another ensemble has another one
 * @param formerEnsemble the ensemble in whose place this one was taken; empty: in nobody's
 * @param database the identity of the database
 */
public record Pairing(UUID cluster, UUID ensemble, Optional<UUID> formerEnsemble, UUID database) {
    Pairing withDatabase(UUID other) {
        return new Pairing(cluster, ensemble, formerEnsemble, other);
    }
}
