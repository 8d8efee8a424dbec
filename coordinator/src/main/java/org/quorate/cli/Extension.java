package org.quorate.cli;

/** A command that another module brings, found by {@link java.util.ServiceLoader}. */
public interface Extension {
    /** An object annotated with picocli's {@code @Command}; its name must be new to {@code quorate}. */
    Object command();
}
