package org.quorate.master;

/** A store did not answer. The requested change was not made, unless this is an {@link UnknownOutcome}. */
public abstract sealed class StoreUnreachable extends RuntimeException
        permits DatabaseUnreachable, UnknownOutcome, ZooKeeperUnreachable {
    private static final long serialVersionUID = 1L;

    StoreUnreachable(String message) {
        super(message);
    }

    StoreUnreachable(String message, Throwable cause) {
        super(message, cause);
    }
}
