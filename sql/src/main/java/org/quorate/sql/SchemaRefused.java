package org.quorate.sql;

/** The schema cannot be created or updated in this database; the message gives the reason in one sentence. */
public final class SchemaRefused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SchemaRefused(String message) {
        super(message);
    }

    SchemaRefused(String message, Throwable cause) {
        super(message, cause);
    }
}
