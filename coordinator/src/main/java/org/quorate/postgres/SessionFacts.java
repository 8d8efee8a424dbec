package org.quorate.postgres;

import java.util.Optional;
import org.quorate.identity.DatabaseIdentity;
import org.quorate.identity.DatabaseView;
import org.quorate.identity.Place;

/**
 * What a new session is connected to, as the server itself says.
 *
 * @param host the host and port that were connected to, as in the URL
 * @param backendPid the process id of the session's backend
 * @param pooled whether a pooler is between this program and PostgreSQL
 * @param standby whether the server is in recovery
 * @param systemIdentifier of the server's data directory; a copy of the files has the same
 * @param databaseOid of the database; one that was restored from a dump has another
 * @param timeline of the server's WAL; each promotion begins a new one
 * @param recorded the identity that the database records; empty if it has no Quorate schema, or none that may be read
 */
public record SessionFacts(
        String host,
        int backendPid,
        boolean pooled,
        boolean standby,
        long systemIdentifier,
        long databaseOid,
        int timeline,
        Optional<DatabaseIdentity> recorded) {
    /** Returns the identity beside the place where the database really is. */
    public Optional<DatabaseView> view() {
        return recorded.map(identity ->
                new DatabaseView(identity, new Place(systemIdentifier, databaseOid, standby ? 0 : timeline)));
    }
}
