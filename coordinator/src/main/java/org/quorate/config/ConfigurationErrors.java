package org.quorate.config;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration that cannot be used. The message lists all mistakes, one on each line. */
public final class ConfigurationErrors extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<Mistake> mistakes;

    public ConfigurationErrors(List<Mistake> mistakes) {
        super(mistakes.stream().map(Mistake::toString).collect(Collectors.joining("\n")));
        this.mistakes = List.copyOf(mistakes);
    }

    /** Returns the mistakes in the order of the keys' declaration; never empty. */
    public List<Mistake> mistakes() {
        return mistakes;
    }
}
