package org.quorate.identity;

import java.util.Optional;
import java.util.UUID;

/** The port to the record in the database. Each method may throw {@code DatabaseUnreachable}. Thread-safe. */
public interface DatabaseIdentities {
    /** Returns the record as it is now, and where the database is. */
    DatabaseView view();

    /**
     * Draws a new identity, which descends from the given one, if the database still has that one and is on a new
     * timeline. Otherwise nothing changes.
     */
    void renew(UUID database, String actor);

    /** Records the ensemble if the recorded one is still the expected one. Otherwise nothing changes. */
    void recordEnsemble(Optional<UUID> before, UUID after, String actor);
}
