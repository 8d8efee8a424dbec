package org.quorate.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The values of one file or section. Those that {@link YamlFile#values} returns are complete and valid. Immutable. */
public final class Values {
    /** The origin of a value that is not set anywhere. */
    static final String DEFAULT = "default";

    private final Keys keys;
    private final Map<Key<?>, Found> found;
    private final List<Mistake> notes;

    /** A value with its origin: a place in the file, a variable, or {@code default}. */
    record Found(Object value, String place) {}

    Values(Keys keys, Map<Key<?>, Found> found, List<Mistake> notes) {
        this.keys = keys;
        this.found = new LinkedHashMap<>(found);
        this.notes = List.copyOf(notes);
    }

    /** Returns the value of a key that is required or has a default. */
    public <T> T get(Key<T> key) {
        return find(key).orElseThrow(() -> new IllegalStateException(key + " is optional, or not declared here"));
    }

    /** Returns the value of a key; empty if the key is optional and was left out. */
    @SuppressWarnings("unchecked") // only Reading puts values here, each read by its key's own kind
    public <T> Optional<T> find(Key<T> key) {
        return Optional.ofNullable(found.get(key)).map(value -> (T) value.value());
    }

    /**
     * Returns the origin of the value: {@code file:line:column}, {@code environment QUORATE_X} or {@code default};
     * empty without a value.
     */
    public String origin(Key<?> key) {
        return Optional.ofNullable(found.get(key)).map(Found::place).orElse("");
    }

    /** Returns the warnings: what is allowed, but likely a mistake. */
    public List<Mistake> notes() {
        return notes;
    }

    /** Returns all values as YAML, with defaults, each with its origin; secrets are concealed. */
    public String effective() {
        return Effective.render(this, true);
    }

    /** As {@link #effective}, but without defaults. */
    public String given() {
        return Effective.render(this, false);
    }

    Keys keys() {
        return keys;
    }

    boolean has(Key<?> key) {
        return found.containsKey(key);
    }

    boolean isDefault(Key<?> key) {
        return origin(key).equals(DEFAULT);
    }

    @Override
    public String toString() {
        return effective();
    }
}
