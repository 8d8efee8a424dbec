package org.quorate.master;

/** PostgreSQL could not be reached, or the connection broke before anything was committed. Nothing was changed. */
public final class DatabaseUnreachable extends StoreUnreachable {
    private static final long serialVersionUID = 1L;

    private final boolean ranOutOfTime;

    public DatabaseUnreachable(String message, Throwable cause) {
        this(message, cause, false);
    }

    /**
     * Makes the exception.
     *
     * @param ranOutOfTime whether PostgreSQL answers and ended the statement by a timeout: another session's lock may
     *     have stood in its way
     */
    public DatabaseUnreachable(String message, Throwable cause, boolean ranOutOfTime) {
        super(message, cause);
        this.ranOutOfTime = ranOutOfTime;
    }

    /** Returns whether PostgreSQL answers and ended the statement by a timeout, as while another session has a lock. */
    public boolean ranOutOfTime() {
        return ranOutOfTime;
    }
}
