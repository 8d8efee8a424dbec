package org.quorate.claim;

/**
 * PostgreSQL answered a turn with an error that is no outage, no timeout and no lost race: some row is to blame, or the
 * schema. Nothing was committed.
 */
public final class StatementFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StatementFailed(String reason, Throwable cause) {
        super(reason, cause);
    }

    /** Returns the reason in one line, with the SQLSTATE. */
    public String reason() {
        return String.valueOf(getMessage());
    }
}
