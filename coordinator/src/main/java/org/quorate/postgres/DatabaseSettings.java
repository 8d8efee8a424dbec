package org.quorate.postgres;

import java.time.Duration;
import java.util.function.Supplier;

/**
 * How an agent connects to the shared database.
 *
 * @param url JDBC URL without credentials
 * @param password returns the password as it is now; it is asked again when PostgreSQL refuses the one that it returned
 * @param sessions connections in the pool; a few are enough for claims and completions
 * @param statementTimeout the server ends a statement, or a wait for a lock, after this time; it must be shorter than
 *     the session timeout, so that the locks of a paused agent are gone before a fence waits for them, or soon after
 * @param socketTimeout the client gives up a silent connection after this time; the only bound on a COMMIT
 * @param check decides whether a new session may be used
 */
public record DatabaseSettings(
        String url,
        String user,
        Supplier<String> password,
        int sessions,
        Duration statementTimeout,
        Duration socketTimeout,
        SessionCheck check) {
    /** Settings with a password that never changes, and without a check. */
    public DatabaseSettings(
            String url, String user, String password, int sessions, Duration statementTimeout, Duration socketTimeout) {
        this(url, user, () -> password, sessions, statementTimeout, socketTimeout, SessionCheck.NONE);
    }

    @Override
    public String toString() {
        return "DatabaseSettings[url=" + url + ", user=" + user + ", sessions=" + sessions + "]";
    }
}
