package org.quorate.postgres;

import java.sql.SQLException;
import java.util.Optional;
import java.util.function.Function;
import org.quorate.identity.DatabaseView;

/** Decides whether a session that was just opened may be used. Called on several threads. */
@FunctionalInterface
public interface SessionCheck {
    /** Accepts every session. */
    SessionCheck NONE = facts -> {};

    /**
     * Refuses the databases to which there is an objection. A database without a readable Quorate schema is accepted
     * here, since it is refused by itself.
     */
    static SessionCheck of(Function<DatabaseView, Optional<String>> objections) {
        return facts -> {
            Optional<String> objection = facts.view().flatMap(objections);
            if (objection.isPresent()) {
                // 08004: as if the server had rejected the connection
                throw new SQLException(objection.get(), "08004");
            }
        };
    }

    /**
     * Returns if the session may be used. Otherwise it throws an exception whose message is one sentence; the session
     * is closed, and the next host of the URL is tried.
     */
    void check(SessionFacts facts) throws SQLException;
}
