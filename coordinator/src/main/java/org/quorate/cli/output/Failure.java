package org.quorate.cli.output;

import org.jspecify.annotations.Nullable;

/** The end of a command that could not do its work: one line that says what, where and how to mend it, and an exit code. */
public final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exit;

    public Failure(int exit, String message) {
        this(exit, message, null);
    }

    public Failure(int exit, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.exit = exit;
    }

    public int exit() {
        return exit;
    }

    public static Failure usage(String message) {
        return new Failure(Exit.USAGE, message);
    }
}
