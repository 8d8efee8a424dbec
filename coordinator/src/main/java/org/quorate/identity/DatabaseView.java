package org.quorate.identity;

/** The view of one session: the identity that the database records, and where the database really is. */
public record DatabaseView(DatabaseIdentity identity, Place here) {
    /** Returns whether the database was promoted, or recovered to a point in time, since its identity was drawn. */
    public boolean isOnNewTimeline() {
        return here.timeline() > identity.place().timeline();
    }
}
