package org.quorate.postgres;

import java.time.Duration;

/**
 * How an agent reaches the shared database.
 *
 * @param url JDBC URL without credentials
 * @param sessions connections in the pool; claims and completions travel over few
 * @param statementTimeout the server ends a statement or a wait for a lock after this long; must be shorter than the
 *     session timeout, so that a paused agent's locks vanish before or soon after its fence waits for them
 * @param socketTimeout the client gives up a silent connection after this long; the only bound on a COMMIT
 */
public record DatabaseSettings(
        String url, String user, String password, int sessions, Duration statementTimeout, Duration socketTimeout) {
    @Override
    public String toString() {
        return "DatabaseSettings[url=" + url + ", user=" + user + ", sessions=" + sessions + "]";
    }
}
