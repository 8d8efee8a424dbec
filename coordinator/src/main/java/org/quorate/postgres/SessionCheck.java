package org.quorate.postgres;

import java.sql.SQLException;

/** Decides whether a session that was just opened may be used. Called on several threads. */
@FunctionalInterface
public interface SessionCheck {
    /** Accepts every session. */
    SessionCheck NONE = facts -> {};

    /**
     * Returns if the session may be used. Otherwise it throws an exception whose message is one sentence; the session
     * is closed, and the next host of the URL is tried.
     */
    void check(SessionFacts facts) throws SQLException;
}
