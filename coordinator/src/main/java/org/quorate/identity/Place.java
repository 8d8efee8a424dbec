package org.quorate.identity;

/**
 * Where a database is.
 *
 * @param systemIdentifier of the server's data directory; a copy of the files has the same
 * @param databaseOid of the database on the server; one that was restored from a dump has another
 * @param timeline of the server's WAL; each promotion, and each recovery to a point in time, begins a new one; 0: a
 *     standby
 */
public record Place(long systemIdentifier, long databaseOid, int timeline) {
    /** Returns whether both are the same database of the same server, or of a copy of its files. */
    boolean isSameDatabaseAs(Place other) {
        return systemIdentifier == other.systemIdentifier && databaseOid == other.databaseOid;
    }

    @Override
    public String toString() {
        return "system " + systemIdentifier + ", database " + databaseOid + ", timeline " + timeline;
    }
}
