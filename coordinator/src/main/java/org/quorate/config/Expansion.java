package org.quorate.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Replaces references to environment variables in scalars: <code>${NAME}</code>, <code>${NAME:-default}</code>. With a
 * second dollar before it, a reference stays as it is.
 */
final class Expansion {
    private static final Pattern REFERENCE =
            Pattern.compile("\\$(\\$\\{)|\\$\\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\\}|)");

    private final Map<String, String> environment;
    private final List<Mistake> mistakes;

    Expansion(Map<String, String> environment, List<Mistake> mistakes) {
        this.environment = environment;
        this.mistakes = mistakes;
    }

    /** Returns the node with every scalar in it expanded. */
    Node expand(String key, Node node) {
        if (node instanceof Node.Scalar scalar) {
            return new Node.Scalar(scalar.place(), expand(key, scalar), scalar.written());
        }
        if (node instanceof Node.Sequence sequence) {
            List<Node> items = new ArrayList<>();
            sequence.items().forEach(item -> items.add(expand(key + "[" + items.size() + "]", item)));
            return new Node.Sequence(sequence.place(), items);
        }
        if (node instanceof Node.Mapping mapping) {
            Map<String, Node> entries = new LinkedHashMap<>();
            mapping.entries().forEach((name, value) -> entries.put(name, expand(key + "." + name, value)));
            return new Node.Mapping(mapping.place(), entries);
        }
        return node;
    }

    private String expand(String key, Node.Scalar scalar) {
        Matcher reference = REFERENCE.matcher(scalar.text());
        return reference.replaceAll(found -> Matcher.quoteReplacement(
                found.group(1) != null ? "${" : value(key, scalar, found.group(2), found.group(3))));
    }

    private String value(String key, Node.Scalar scalar, @Nullable String name, @Nullable String otherwise) {
        if (name == null) {
            mistakes.add(new Mistake(
                    scalar.place(), key, "holds a ${ that is no reference: write ${NAME}, ${NAME:-default} or $${"));
            return "";
        }
        String value = environment.get(name);
        if (value != null && !(value.isEmpty() && otherwise != null)) {
            return value;
        }
        if (otherwise == null) {
            mistakes.add(new Mistake(
                    scalar.place(),
                    key,
                    "the environment has no " + name + ": set it, or write ${" + name + ":-default}"));
            return "";
        }
        return otherwise;
    }
}
