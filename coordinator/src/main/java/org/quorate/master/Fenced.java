package org.quorate.master;

/**
 * A write was rejected because its fencing token is not the current one. There are two cases, one for each constructor:
 * the master's epoch is over, or a scheduler's term is over. Such a write is never retried.
 */
public final class Fenced extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * The authority is not, or no longer, the current one: this master's epoch was ended, or another agent registered
     * for this master. The agent then stops its buildmaster and registers again.
     */
    public Fenced(Authority authority) {
        super("master " + authority.masterid() + " is fenced: epoch " + authority.epoch()
                + " is no longer its current one, or another agent speaks for it");
    }

    /** Returns the message, which is never null here, so callers need no {@code String.valueOf}. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }

    /**
     * The scheduler's term is over, while the master's epoch may still be current. Only the ownership of that scheduler
     * ends.
     *
     * @param message names the term, the scheduler and, if known, what ended it
     */
    public Fenced(String message) {
        super(message);
    }
}
