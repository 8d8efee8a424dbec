package org.quorate.config;

import java.util.List;
import java.util.Optional;

/** A type of values: reads them from a node, and shows them. */
interface Kind<T> {
    /** Returns its name in the reference table. */
    String type();

    /** Returns the lower bound as written; empty if there is none. */
    default String least() {
        return "";
    }

    /** Returns the upper bound as written; empty if there is none. */
    default String most() {
        return "";
    }

    /** Reads a value. Returns empty after it added at least one mistake. */
    Optional<T> read(Node node, String key, Reading reading);

    /** Returns the value as YAML on one line or, beginning with a line feed, on several lines. Conceals secrets. */
    String show(T value);

    /** Turns the text of an environment variable, or of a declared default, into a node. */
    default Node node(String place, String text, List<Mistake> mistakes) {
        return YamlTree.parse(place, text, mistakes);
    }

    /** Returns the keys of the sections inside it, for the reference table. */
    default Optional<Keys> section() {
        return Optional.empty();
    }

    /** Returns whether this kind, or the kind of its parts, resolves references to the environment itself. */
    default boolean nested() {
        return false;
    }
}
