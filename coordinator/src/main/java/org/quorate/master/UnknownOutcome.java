package org.quorate.master;

/** The connection broke while a commit was under way, and the outcome could not be looked up yet. */
public final class UnknownOutcome extends StoreUnreachable {
    private static final long serialVersionUID = 1L;

    public UnknownOutcome(String message, Throwable cause) {
        super(message, cause);
    }
}
