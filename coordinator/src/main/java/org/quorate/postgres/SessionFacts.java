package org.quorate.postgres;

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
 */
public record SessionFacts(
        String host,
        int backendPid,
        boolean pooled,
        boolean standby,
        long systemIdentifier,
        long databaseOid,
        int timeline) {}
