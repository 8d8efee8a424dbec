package org.quorate.config;

/** A scalar is not of the expected type. The message continues the value: {@code has no unit: write 6s}. */
public final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean secret;

    /** Creates it with a predicate, which must not repeat the value: the value may be secret. */
    public Unreadable(String predicate) {
        this(predicate, false);
    }

    private Unreadable(String predicate, boolean secret) {
        super(predicate, null, false, false);
        this.secret = secret;
    }

    /** Creates it for a value that must not be shown, not even in a message. */
    public static Unreadable concealing(String predicate) {
        return new Unreadable(predicate, true);
    }

    /** Returns whether the value must not be written before the predicate. */
    boolean conceals() {
        return secret;
    }

    String predicate() {
        return String.valueOf(getMessage());
    }
}
