package org.quorate.identity;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The identity that a database records of itself. A copy carries the same record.
 *
 * @param cluster the cluster's uuid
 * @param database drawn anew after each promotion and restore
 * @param former the identities from which {@code database} descends, newest first
 * @param place where the database was when {@code database} was drawn
 * @param ensemble the ZooKeeper ensemble that the cluster uses; empty before the first agent has joined
 */
public record DatabaseIdentity(UUID cluster, UUID database, List<UUID> former, Place place, Optional<UUID> ensemble) {
    public DatabaseIdentity {
        former = List.copyOf(former);
    }

    /** Returns whether this database is the given one, or was promoted or restored from it. */
    public boolean descendsFrom(UUID other) {
        return database.equals(other) || former.contains(other);
    }
}
