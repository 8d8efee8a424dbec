package org.quorate.cli.output;

import org.jspecify.annotations.Nullable;

/** Ends a command that cannot do its work, with an exit code and one line: what failed, where, and how to mend it. */
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
