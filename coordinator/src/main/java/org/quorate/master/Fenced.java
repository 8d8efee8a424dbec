package org.quorate.master;

/**
 * The authority that a write carried is not, or no longer, the current one: somebody ended this master's epoch, or
 * another agent speaks for it. Never retried; the agent stops its buildmaster and registers anew.
 */
public final class Fenced extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public Fenced(Authority authority) {
        super("master " + authority.masterid() + " is fenced: epoch " + authority.epoch()
                + " is no longer its current one, or another agent speaks for it");
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }

    /** A scheduler's term that ended. */
    public Fenced(String message) {
        super(message);
    }
}
