package org.quorate.master;

/** The connection broke during a commit, and the outcome could not be looked up yet. */
public final class UnknownOutcome extends StoreUnreachable {
    private static final long serialVersionUID = 1L;

    public UnknownOutcome(String message, Throwable cause) {
        super(message, cause);
    }
}
