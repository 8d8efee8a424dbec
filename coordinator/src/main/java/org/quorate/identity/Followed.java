package org.quorate.identity;

import java.util.UUID;

/** The database that a cluster uses, as ZooKeeper recorded it last. */
public record Followed(UUID cluster, UUID database) {
    static Followed of(Pairing pairing) {
        return new Followed(pairing.cluster(), pairing.database());
    }
}
