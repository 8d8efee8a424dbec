package org.quorate.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads one document: compares its nodes with the declared keys and collects all mistakes. One thread. */
final class Reading {
    private static final int QUOTED_CHARACTERS = 60;

    private final Map<String, String> environment;
    private final List<Mistake> mistakes;
    private final List<Mistake> notes = new ArrayList<>();
    private Node.Mapping document;

    Reading(String file, Map<String, String> environment, List<Mistake> mistakes) {
        this.environment = environment;
        this.mistakes = mistakes;
        this.document = new Node.Mapping(YamlTree.nothing(file).place(), Map.of());
    }

    Values document(Keys keys, Node root) {
        if (root instanceof Node.Mapping mapping) {
            document = mapping;
        } else if (!(root instanceof Node.Empty)) {
            mistake(root.place(), "", "must be a section of the keys " + String.join(", ", keys.names()));
        }
        return read(keys, document, "");
    }

    /** Returns the entries of a section of the document, even if they hold mistakes; none if there is no section. */
    Map<String, Node> entries(String path) {
        return find(document, path).stream()
                .filter(Node.Mapping.class::isInstance)
                .map(section -> ((Node.Mapping) section).entries())
                .findFirst()
                .orElse(Map.of());
    }

    /** Reads a section inside a list or map. Returns empty if it holds a mistake. */
    Optional<Values> section(Keys keys, Node.Mapping mapping, String prefix) {
        int before = mistakes.size();
        Values values = read(keys, mapping, prefix);
        return mistakes.size() == before ? Optional.of(values) : Optional.empty();
    }

    private Values read(Keys keys, Node.Mapping root, String prefix) {
        Set<String> broken = new HashSet<>();
        strangers(keys, root, "", prefix, broken);
        Map<Key<?>, Values.Found> found = new LinkedHashMap<>();
        Set<Key<?>> bad = new HashSet<>();
        for (Key<?> key : keys.all()) {
            int before = mistakes.size();
            boolean lost = broken.stream().anyMatch(section -> key.path().startsWith(section + "."));
            value(keys, key, root, prefix, lost).ifPresent(value -> found.put(key, value));
            if (mistakes.size() > before || lost) {
                bad.add(key);
            }
        }
        rules(keys, new Values(keys, found, List.of()), bad, root, prefix);
        return new Values(keys, found, notes);
    }

    private Optional<Values.Found> value(Keys keys, Key<?> key, Node.Mapping root, String prefix, boolean lost) {
        Optional<String> variable = keys.variable(key).filter(environment::containsKey);
        if (variable.isPresent()) {
            String place = "environment " + variable.get();
            String text = environment.getOrDefault(variable.get(), "");
            return parse(key, concealed(key.kind().node(place, text, mistakes), variable.get()), prefix);
        }
        Optional<Node> node = find(root, key.path());
        if (key.required() && node.filter(Node::isNothing).isPresent()) {
            mistake(
                    node.get().place(),
                    prefix + key.path(),
                    "has no value: write it (" + key.kind().type() + ")");
            return Optional.empty();
        }
        if (node.isPresent()) {
            int before = mistakes.size();
            Node expanded = key.isVerbatim()
                    ? node.get()
                    : new Expansion(environment, mistakes).expand(prefix + key.path(), node.get());
            return mistakes.size() > before ? Optional.empty() : parse(key, expanded, prefix);
        }
        if (key.required() && !lost) {
            String mend = keys.variable(key).map(name -> ", or set " + name).orElse("");
            mistake(
                    sectionPlace(root, key.path()),
                    prefix + key.path(),
                    "is missing: write it (" + key.kind().type() + ")" + mend);
        }
        return defaultOf(key);
    }

    /** Reads the declared default as if it stood in the file. */
    Optional<Values.Found> defaultOf(Key<?> key) {
        return key.defaultText()
                .flatMap(text -> parse(key, key.kind().node(Values.DEFAULT, text, mistakes), ""))
                .map(value -> new Values.Found(value.value(), Values.DEFAULT));
    }

    private <T> Optional<Values.Found> parse(Key<T> key, Node node, String prefix) {
        return key.kind().read(node, prefix + key.path(), this).map(value -> new Values.Found(value, node.place()));
    }

    /** Replaces the content of a variable in messages by its name, which shows where to look. */
    private static Node concealed(Node node, String variable) {
        return node instanceof Node.Scalar scalar
                ? new Node.Scalar(scalar.place(), scalar.text(), "$" + variable)
                : node;
    }

    /** Reports keys that are not declared, and scalars where a section should be. */
    private void strangers(Keys keys, Node.Mapping mapping, String section, String prefix, Set<String> broken) {
        mapping.entries().forEach((name, node) -> {
            String path = section.isEmpty() ? name : section + "." + name;
            if (keys.has(path)) {
                return;
            }
            if (!keys.isSection(path)) {
                mistake(node.place(), prefix + path, "is not a known key" + Guess.of(name, section, keys));
            } else if (node instanceof Node.Mapping inner) {
                strangers(keys, inner, path, prefix, broken);
            } else if (!(node instanceof Node.Empty)) {
                broken.add(path);
                mistake(
                        node.place(),
                        prefix + path,
                        "must be a section of the keys " + String.join(", ", keys.names(path)));
            }
        });
    }

    private void rules(Keys keys, Values values, Set<Key<?>> bad, Node.Mapping root, String prefix) {
        for (Keys.Rule rule : keys.rules()) {
            if (rule.about().stream().noneMatch(bad::contains)) {
                boolean given = values.has(rule.first()) && !values.isDefault(rule.first());
                String known = given
                        ? values.origin(rule.first())
                        : sectionPlace(root, rule.first().path());
                rule.check()
                        .apply(values)
                        .map(what -> new Mistake(known, prefix + rule.first().path(), what))
                        .ifPresent(rule.binding() ? mistakes::add : notes::add);
            }
        }
    }

    private static Optional<Node> find(Node.Mapping root, String path) {
        Node node = root;
        for (String name : path.split("\\.", -1)) {
            Node next = node instanceof Node.Mapping mapping ? mapping.entries().get(name) : null;
            if (next == null) {
                return Optional.empty();
            }
            node = next;
        }
        return Optional.of(node);
    }

    /** Returns the place where the innermost section around a key begins. */
    private static String sectionPlace(Node.Mapping root, String path) {
        int dot = path.lastIndexOf('.');
        return dot < 0
                ? root.place()
                : find(root, path.substring(0, dot)).map(Node::place).orElse(root.place());
    }

    void mistake(String place, String key, String what) {
        mistakes.add(new Mistake(place, key, what));
    }

    /** Returns the value as it was written, shortened to one line. */
    String quote(Node.Scalar scalar) {
        String line = scalar.written().replaceAll("\\p{Cntrl}+", " ");
        return "`" + (line.length() > QUOTED_CHARACTERS ? line.substring(0, QUOTED_CHARACTERS) + "…" : line) + "`";
    }
}
