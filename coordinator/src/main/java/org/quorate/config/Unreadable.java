package org.quorate.config;

/** A scalar that is not of the wanted type. The message continues the value: {@code has no unit: write 6s}. */
public final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean secret;

    /** Give a predicate that does not repeat the value: it may have come from a secret variable. */
    public Unreadable(String predicate) {
        this(predicate, false);
    }

    private Unreadable(String predicate, boolean secret) {
        super(predicate, null, false, false);
        this.secret = secret;
    }

    /** For a value that must not be shown, not even as a mistake. */
    public static Unreadable concealing(String predicate) {
        return new Unreadable(predicate, true);
    }

    /** Whether the value must not stand before the predicate. */
    boolean conceals() {
        return secret;
    }

    String predicate() {
        return String.valueOf(getMessage());
    }
}
