package org.quorate.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * All keys of one file or section, in the order in which they are documented, with the rules that involve several of
 * them. Immutable.
 */
public final class Keys {
    private final String prefix;
    private final Map<String, Key<?>> byPath = new LinkedHashMap<>();
    private final List<Rule> rules;

    /** A rule over several values, each of which is valid by itself; its sentence is reported at the first key. */
    record Rule(Key<?> first, List<Key<?>> about, boolean binding, Function<Values, Optional<String>> check) {}

    private Keys(String prefix, List<Key<?>> keys, List<Rule> rules) {
        this.prefix = prefix;
        this.rules = List.copyOf(rules);
        Map<String, String> variables = new HashMap<>();
        for (Key<?> key : keys) {
            if (key.path().split("\\.", -1).length > 2) {
                throw new IllegalArgumentException("a key has at most one section around it: " + key);
            }
            if (byPath.put(key.path(), key) != null || variables.put(variable(key.path()), key.path()) != null) {
                throw new IllegalArgumentException("declared twice, as a key or as a variable: " + key);
            }
        }
        keys.forEach(this::checkDefault);
    }

    /** Declares the keys of a section, or of a file without overrides from the environment. */
    public static Keys of(Key<?>... keys) {
        return new Keys("", List.of(keys), List.of());
    }

    /**
     * Declares the keys of a file that environment variables override: with the prefix {@code QUORATE_},
     * QUORATE_ZOOKEEPER_CONNECT overrides zookeeper.connect.
     */
    public static Keys overridden(String prefix, Key<?>... keys) {
        return new Keys(prefix, List.of(keys), List.of());
    }

    /**
     * Adds a rule over these keys. The check returns empty, or what is wrong and how to correct it. It is called only
     * when each of the keys has a valid value.
     */
    public Keys rule(Function<Values, Optional<String>> check, Key<?> first, Key<?>... others) {
        return with(true, check, first, others);
    }

    /** As {@link #rule}, but its result is only a warning. */
    public Keys note(Function<Values, Optional<String>> check, Key<?> first, Key<?>... others) {
        return with(false, check, first, others);
    }

    private Keys with(boolean binding, Function<Values, Optional<String>> check, Key<?> first, Key<?>... others) {
        List<Key<?>> about = new ArrayList<>(List.of(others));
        about.add(0, first);
        List<Rule> more = new ArrayList<>(rules);
        more.add(new Rule(first, about, binding, check));
        return new Keys(prefix, all(), more);
    }

    /** Returns the keys in the order of their declaration. */
    public List<Key<?>> all() {
        return List.copyOf(byPath.values());
    }

    /** Returns the environment variable that overrides the key; empty if there is none. */
    public Optional<String> variable(Key<?> key) {
        return prefix.isEmpty() ? Optional.empty() : Optional.of(variable(key.path()));
    }

    /** Returns the reference table in Markdown. A test of each document that contains it keeps the two equal. */
    public String table() {
        StringBuilder table = new StringBuilder("""
                | key | type | default | least | most | what it is | danger |
                |---|---|---|---|---|---|---|
                """);
        rows("", table);
        return table.toString();
    }

    private void rows(String prefix, StringBuilder table) {
        for (Key<?> key : all()) {
            table.append("| `")
                    .append(prefix)
                    .append(key.path())
                    .append("` | ")
                    .append(key.kind().type());
            table.append(" | ").append(shownDefault(key));
            table.append(" | ").append(code(key.kind().least()));
            table.append(" | ").append(code(key.kind().most()));
            table.append(" | ")
                    .append(key.meaning())
                    .append(" | ")
                    .append(key.danger())
                    .append(" |\n");
            key.kind().section().ifPresent(inner -> inner.rows(prefix + key.path() + ".NAME.", table));
        }
    }

    List<Rule> rules() {
        return rules;
    }

    boolean has(String path) {
        return byPath.containsKey(path);
    }

    boolean isSection(String path) {
        return byPath.keySet().stream().anyMatch(known -> known.startsWith(path + "."));
    }

    /** Returns the names that are allowed directly in a section; in the root for the empty path. */
    List<String> names(String section) {
        String start = section.isEmpty() ? "" : section + ".";
        return byPath.keySet().stream()
                .filter(path -> path.startsWith(start))
                .map(path -> path.substring(start.length()).split("\\.", 2)[0])
                .distinct()
                .toList();
    }

    List<String> names() {
        return names("");
    }

    private String variable(String path) {
        return prefix + path.toUpperCase(Locale.ROOT).replace('.', '_');
    }

    private static String shownDefault(Key<?> key) {
        return key.required() ? "required" : key.defaultText().map(Keys::code).orElse("none");
    }

    private static String code(String text) {
        return text.isEmpty() ? "" : "`" + text + "`";
    }

    /** Checks a default when the class is loaded: a default that its own key rejects is a programming error. */
    private void checkDefault(Key<?> key) {
        List<Mistake> mistakes = new ArrayList<>();
        new Reading("default", Map.of(), mistakes).defaultOf(key);
        if (!mistakes.isEmpty()) {
            throw new IllegalArgumentException("the default of " + key + " " + mistakes);
        }
    }
}
