package org.quorate.identity;

import java.util.Optional;
import java.util.UUID;

/**
 * What an agent remembers of the stores with which it has worked. Without it, a copy of the database that was promoted
 * elsewhere could not be told from a standby that took the primary's place.
 *
 * @param database the database, also from before the agent's restart
 * @param ensemble the ensemble with which this process has been in contact
 */
public record Memory(Optional<UUID> database, Optional<UUID> ensemble) {
    public static Memory none() {
        return new Memory(Optional.empty(), Optional.empty());
    }

    static Memory of(Pairing pairing) {
        return new Memory(Optional.of(pairing.database()), Optional.of(pairing.ensemble()));
    }
}
