package org.quorate.identity;

import java.util.Optional;
import java.util.UUID;

/** The next step that the identities of the two stores require. */
public sealed interface Step {
    /** The two stores belong together: they may be used. */
    record Use(Pairing pairing) implements Step {}

    /**
     * The stores must not be used; the sentence names what differs and how to mend it.
     *
     * @param ensemble whether ZooKeeper is the wrong store; otherwise the database is, and another address of it may
     *     lead to the right one
     */
    record Refuse(String sentence, boolean ensemble) implements Step {}

    /** Draws a new identity for the database, which is on a new timeline. */
    record Renew(UUID database) implements Step {}

    /** Replaces the record in ZooKeeper. */
    record Pair(Optional<Pairing> before, Pairing after) implements Step {}

    /** Replaces the ensemble in the database's record. */
    record RecordEnsemble(Optional<UUID> before, UUID after) implements Step {}
}
