package org.quorate.cli;

/** A command that another module adds; {@link java.util.ServiceLoader} finds it. */
public interface Extension {
    /**
     * Returns an object annotated with picocli's {@code @Command}; no other command of {@code quorate} may have its
     * name.
     */
    Object command();
}
