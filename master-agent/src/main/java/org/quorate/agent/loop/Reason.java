package org.quorate.agent.loop;

import java.nio.file.FileSystemException;

/** Says in one line why something failed, with the deepest cause, which is mostly the one that a person can mend. */
public final class Reason {
    private Reason() {}

    public static String of(Throwable failure) {
        String said = message(failure);
        Throwable deepest = failure;
        while (deepest.getCause() != null && deepest.getCause() != deepest) {
            deepest = deepest.getCause();
        }
        String cause = message(deepest);
        String all = said.contains(cause) ? said : said + ": " + cause;
        return String.join(" | ", all.lines().map(String::strip).toList());
    }

    /** A failure of the file system without a reason has only a path as its message; its class is the reason then. */
    private static String message(Throwable failure) {
        String message = failure.getMessage();
        boolean speaks = message != null
                && !message.isBlank()
                && !(failure instanceof FileSystemException file && file.getReason() == null);
        return speaks && message != null ? message : failure.toString().replaceFirst("^(\\w+\\.)+", "");
    }
}
