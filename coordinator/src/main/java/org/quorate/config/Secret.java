package org.quorate.config;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** A text that must not be printed: {@code toString} conceals it, and only {@link #reveal} returns it. */
public final class Secret {
    /** The text that is shown instead. */
    public static final String CONCEALED = "(concealed)";

    private final String content;
    private final Supplier<Optional<Secret>> source;

    /** A secret that never changes. */
    public Secret(String content) {
        this(content, Optional::empty);
    }

    /** A secret that may be replaced in its source, which returns nothing while it cannot be read. */
    Secret(String content, Supplier<Optional<Secret>> source) {
        this.content = Objects.requireNonNull(content);
        this.source = source;
    }

    /** Returns the secret as its source has it now, or this one if the source cannot be read. */
    public Secret current() {
        return source.get().orElse(this);
    }

    /** Returns the content, for the call that needs it; never for a message. */
    public String reveal() {
        return content;
    }

    /** Returns the contents by name, only for the process that is started with them. */
    public static Map<String, String> revealed(Map<String, Secret> secrets) {
        return secrets.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(
                        Map.Entry::getKey, entry -> entry.getValue().reveal()));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && secret.content.equals(content);
    }

    @Override
    public int hashCode() {
        return Secret.class.hashCode(); // reveals nothing of the content, not even its hash
    }

    @Override
    public String toString() {
        return CONCEALED;
    }
}
