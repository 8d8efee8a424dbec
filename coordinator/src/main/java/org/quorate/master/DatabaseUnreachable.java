package org.quorate.master;

/** PostgreSQL could not be reached, or the connection broke before anything was committed. Nothing was changed. */
public final class DatabaseUnreachable extends StoreUnreachable {
    private static final long serialVersionUID = 1L;

    public DatabaseUnreachable(String message, Throwable cause) {
        super(message, cause);
    }
}
