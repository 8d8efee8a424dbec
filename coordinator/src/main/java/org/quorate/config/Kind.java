package org.quorate.config;

import java.util.List;
import java.util.Optional;

/** How the values of one type are read from a node, and how they are shown. */
interface Kind<T> {
    /** Its name in the reference table. */
    String type();

    /** The least and the most that it may be, as written; empty where there is no bound. */
    default String least() {
        return "";
    }

    default String most() {
        return "";
    }

    /** Empty after at least one mistake was added. */
    Optional<T> read(Node node, String key, Reading reading);

    /** As YAML on one line, or, beginning with a line feed, on lines of their own. Conceals secrets. */
    String show(T value);

    /** Turns what stands in an environment variable, or in a declared default, into a node. */
    default Node node(String place, String text, List<Mistake> mistakes) {
        return YamlTree.parse(place, text, mistakes);
    }

    /** The keys of the sections inside it, for the reference table. */
    default Optional<Keys> section() {
        return Optional.empty();
    }

    /** Whether references to the environment inside are for this kind to resolve, or for its parts. */
    default boolean nested() {
        return false;
    }
}
