package org.quorate.embedded;

/** The embedded PostgreSQL cannot be unpacked, started or stopped; the message is one sentence for operators. */
public final class PostgresUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PostgresUnavailable(String message) {
        super(message);
    }

    PostgresUnavailable(String message, Throwable cause) {
        super(message, cause);
    }
}
