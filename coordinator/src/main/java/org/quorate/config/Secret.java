package org.quorate.config;

import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** A text that must not be printed: {@code toString} conceals it, and only {@link #reveal} gives it away. */
public final class Secret {
    /** What is shown in its place. */
    public static final String CONCEALED = "(concealed)";

    private final String content;

    public Secret(String content) {
        this.content = Objects.requireNonNull(content);
    }

    /** The content, for the call that needs it; never for a message. */
    public String reveal() {
        return content;
    }

    /** The contents by name, for the process that is started with them, and for nothing else. */
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
        return Secret.class.hashCode(); // nothing of the content, not even its hash
    }

    @Override
    public String toString() {
        return CONCEALED;
    }
}
