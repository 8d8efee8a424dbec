package org.quorate.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One node of a YAML document, with its place. Scalars stay text: what a text means is for the key to say. */
sealed interface Node {
    String place();

    /** Whether nothing stands there. */
    default boolean isNothing() {
        return this instanceof Empty
                || (this instanceof Scalar scalar && scalar.text().isEmpty());
    }

    /**
     * A number, word or text.
     *
     * @param written as it stands in the file, for messages; {@code text} is what came of it after expansion
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

    /** Names in the order of the file. */
    record Mapping(String place, Map<String, Node> entries) implements Node {
        public Mapping {
            entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
        }
    }

    /** A key with nothing behind it. */
    record Empty(String place) implements Node {}
}
