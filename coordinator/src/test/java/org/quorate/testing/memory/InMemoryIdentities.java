package org.quorate.testing.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.quorate.identity.DatabaseIdentities;
import org.quorate.identity.DatabaseIdentity;
import org.quorate.identity.DatabaseView;
import org.quorate.identity.Place;

/** The identity of a database in memory, which a test can promote, copy and restore. Thread-safe. */
public final class InMemoryIdentities implements DatabaseIdentities {
    private DatabaseIdentity identity;
    private Place here;

    public InMemoryIdentities() {
        this(new UUID(7, 7));
    }

    /** Creates a new database of this cluster. */
    public InMemoryIdentities(UUID cluster) {
        here = new Place(1_000, 5, 1);
        identity = new DatabaseIdentity(cluster, UUID.randomUUID(), List.of(), here, Optional.empty());
    }

    private InMemoryIdentities(DatabaseIdentity identity, Place here) {
        this.identity = identity;
        this.here = here;
    }

    /** Returns a standby that was promoted: it has the same record, and is on the next timeline. */
    public synchronized InMemoryIdentities promoted() {
        return new InMemoryIdentities(
                identity, new Place(here.systemIdentifier(), here.databaseOid(), here.timeline() + 1));
    }

    /** Returns a copy that was restored from a dump. */
    public synchronized InMemoryIdentities restored() {
        return new InMemoryIdentities(
                identity, new Place(here.systemIdentifier(), here.databaseOid() + 1, here.timeline()));
    }

    @Override
    public synchronized DatabaseView view() {
        return new DatabaseView(identity, here);
    }

    @Override
    public synchronized void renew(UUID database, String actor) {
        if (identity.database().equals(database) && view().isOnNewTimeline()) {
            List<UUID> former = new ArrayList<>(List.of(database));
            former.addAll(identity.former());
            identity = new DatabaseIdentity(identity.cluster(), UUID.randomUUID(), former, here, identity.ensemble());
        }
    }

    @Override
    public synchronized void recordEnsemble(Optional<UUID> before, UUID after, String actor) {
        if (identity.ensemble().equals(before)) {
            identity = new DatabaseIdentity(
                    identity.cluster(), identity.database(), identity.former(), identity.place(), Optional.of(after));
        }
    }
}
