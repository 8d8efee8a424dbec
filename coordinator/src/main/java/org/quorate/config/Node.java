package org.quorate.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One node of a YAML document, with its place. Scalars remain text; the key decides what a text means. */
sealed interface Node {
    String place();

    /** Returns whether the node is empty. */
    default boolean isNothing() {
        return this instanceof Empty
                || (this instanceof Scalar scalar && scalar.text().isEmpty());
    }

    /**
     * A number, word or text.
     *
     * @param text the value after expansion
     * @param written the text in the file, for messages
     */
    record Scalar(String place, String text, String written) implements Node {
        Scalar(String place, String text) {
            this(place, text, text);
        }
    }

    record Sequence(String place, List<Node> items) implements Node {
        public Sequence {
            items = List.copyOf(items);
        }
    }

    /** A section; its names are in the order of the file. */
    record Mapping(String place, Map<String, Node> entries) implements Node {
        public Mapping {
            entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
        }
    }

    /** A key without a value. */
    record Empty(String place) implements Node {}
}
