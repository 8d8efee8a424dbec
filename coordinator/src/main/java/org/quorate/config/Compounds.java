package org.quorate.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The kinds whose values are lists or sections. */
final class Compounds {
    private Compounds() {}

    /** A list whose items are scalars of another kind. */
    record ListOf<T>(String type, Kind<T> item) implements Kind<List<T>> {
        @Override
        public Optional<List<T>> read(Node node, String key, Reading reading) {
            if (!(node instanceof Node.Sequence sequence)) {
                reading.mistake(node.place(), key, "must be a list: write [one, two], or a line with a dash for each");
                return Optional.empty();
            }
            List<T> items = new ArrayList<>();
            for (Node part : sequence.items()) {
                String path = key + "[" + sequence.items().indexOf(part) + "]";
                item.read(part, path, reading).ifPresent(items::add);
            }
            return items.size() == sequence.items().size() ? Optional.of(List.copyOf(items)) : Optional.empty();
        }

        @Override
        public String show(List<T> value) {
            return value.stream().map(item::show).collect(Collectors.joining(", ", "[", "]"));
        }
    }

    /** A section whose names are free, or have a form of their own, and whose values are of another kind. */
    record MapOf<T>(String type, Key.Parse<String> name, Kind<T> item) implements Kind<Map<String, T>> {
        @Override
        public Optional<Map<String, T>> read(Node node, String key, Reading reading) {
            if (node.isNothing()) {
                return Optional.of(Map.of());
            }
            if (!(node instanceof Node.Mapping mapping)) {
                reading.mistake(node.place(), key, "must be a section of names and values: write {name: value}");
                return Optional.empty();
            }
            Map<String, T> entries = new LinkedHashMap<>();
            mapping.entries().forEach((entry, value) -> {
                String path = key + "." + entry;
                try {
                    String good = name.parse(entry);
                    item.read(value, path, reading).ifPresent(read -> entries.put(good, read));
                } catch (Unreadable e) {
                    reading.mistake(value.place(), path, e.predicate());
                }
            });
            return entries.size() == mapping.entries().size()
                    ? Optional.of(java.util.Collections.unmodifiableMap(entries))
                    : Optional.empty();
        }

        @Override
        public String show(Map<String, T> value) {
            Function<Map.Entry<String, T>, String> line =
                    entry -> Effective.scalar(entry.getKey()) + ": " + item.show(entry.getValue());
            if (item.nested()) {
                return value.isEmpty()
                        ? "{}"
                        : value.entrySet().stream()
                                .map(entry -> "\n" + Effective.scalar(entry.getKey()) + ":"
                                        + Effective.indent(item.show(entry.getValue())))
                                .collect(Collectors.joining());
            }
            return value.entrySet().stream().map(line).collect(Collectors.joining(", ", "{", "}"));
        }

        @Override
        public boolean nested() {
            return item.nested();
        }

        @Override
        public Optional<Keys> section() {
            return item.section();
        }
    }

    /** A section with declared keys of its own. */
    record Section(Keys keys) implements Kind<Values> {
        @Override
        public String type() {
            return "section";
        }

        @Override
        public Optional<Values> read(Node node, String key, Reading reading) {
            if (node instanceof Node.Mapping mapping) {
                return reading.section(keys, mapping, key + ".");
            }
            reading.mistake(node.place(), key, "must be a section of the keys " + String.join(", ", keys.names()));
            return Optional.empty();
        }

        @Override
        public String show(Values value) {
            return "\n" + Effective.render(value, true).stripTrailing();
        }

        @Override
        public boolean nested() {
            return true;
        }

        @Override
        public Optional<Keys> section() {
            return Optional.of(keys);
        }
    }
}
