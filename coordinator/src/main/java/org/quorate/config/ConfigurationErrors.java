package org.quorate.config;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration that cannot be used: all its mistakes, one on a line of the message. */
public final class ConfigurationErrors extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<Mistake> mistakes;

    public ConfigurationErrors(List<Mistake> mistakes) {
        super(mistakes.stream().map(Mistake::toString).collect(Collectors.joining("\n")));
        this.mistakes = List.copyOf(mistakes);
    }

    /** In the order of the keys' declaration; never empty. */
    public List<Mistake> mistakes() {
        return mistakes;
    }
}
