package org.quorate.cli.connection;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.Text;
import org.quorate.config.ConfigurationErrors;
import org.quorate.config.Guess;
import org.quorate.config.Key;
import org.quorate.config.Values;
import org.quorate.config.YamlFile;

/** The named clusters of a configuration file, with the flags and variables that override the file. */
public final class Contexts {
    /** Flag to the environment variable of the same meaning. */
    static final Map<String, String> VARIABLES = new LinkedHashMap<>();

    static {
        VARIABLES.put("--cluster", "QUORATE_CLUSTER");
        VARIABLES.put("--zookeeper", "QUORATE_ZOOKEEPER");
        VARIABLES.put("--database", "QUORATE_DATABASE_URL");
        VARIABLES.put("--user", "QUORATE_DATABASE_USER");
        VARIABLES.put("--password-file", "QUORATE_DATABASE_PASSWORD_FILE");
    }

    private Contexts() {}

    /**
     * Returns the cluster that the flags, the environment and the file name, in this order of precedence.
     *
     * @param flags the flags that were given, with their values
     * @param config the value of {@code --config}
     * @param context the value of {@code --context}
     */
    public static Target target(
            Console console, Map<String, String> flags, @Nullable String config, @Nullable String context) {
        try {
            Optional<Values> section = section(console, config, context);
            Values over = overrides(console, flags);
            return new Target(
                    either(over, section, ContextKeys.CLUSTER),
                    either(over, section, ContextKeys.URL),
                    either(over, section, ContextKeys.USER),
                    either(over, section, ContextKeys.PASSWORD),
                    either(over, section, ContextKeys.ZOOKEEPER));
        } catch (ConfigurationErrors e) {
            throw new Failure(Exit.USAGE, withFlags(String.valueOf(e.getMessage()), flags), e);
        }
    }

    private static <T> Optional<T> either(Values over, Optional<Values> section, Key<T> key) {
        return over.find(key).or(() -> section.flatMap(values -> values.find(key)));
    }

    /** Reads the flags as if they were the variables that they override. */
    private static Values overrides(Console console, Map<String, String> flags) {
        Map<String, String> environment = new HashMap<>(console.environment());
        flags.forEach((flag, value) -> environment.put(VARIABLES.getOrDefault(flag, flag), value));
        return YamlFile.parse("flags", "").values(ContextKeys.OVERRIDES, environment);
    }

    private static String withFlags(String message, Map<String, String> flags) {
        String changed = message;
        for (String flag : flags.keySet()) {
            changed = changed.replace("environment " + VARIABLES.get(flag), flag)
                    .replace("`$" + VARIABLES.get(flag) + "`", "its value");
        }
        return changed.replace("\n", "; ");
    }

    private static Optional<Values> section(Console console, @Nullable String config, @Nullable String context) {
        Optional<String> wanted =
                given(context).or(() -> given(console.environment().get("QUORATE_CONTEXT")));
        Optional<Path> file = file(console, config);
        if (file.isEmpty()) {
            if (wanted.isPresent()) {
                throw Failure.usage("there is no context " + wanted.get() + ": no configuration file can be read at "
                        + home(console) + " or /etc/quorate/config.yaml; name one with --config");
            }
            return Optional.empty();
        }
        Values values = YamlFile.read(file.get()).values(ContextKeys.ALL, console.environment());
        Optional<String> name = wanted.or(() -> values.find(ContextKeys.CURRENT));
        if (name.isEmpty()) {
            return Optional.empty();
        }
        Map<String, Values> contexts = values.get(ContextKeys.CONTEXTS);
        if (!contexts.containsKey(name.get())) {
            throw Failure.usage(
                    file.get() + " has no context " + name.get() + "; " + Guess.among(name.get(), contexts.keySet()));
        }
        return Optional.ofNullable(contexts.get(name.get()));
    }

    private static Optional<Path> file(Console console, @Nullable String config) {
        Optional<String> named =
                given(config).or(() -> given(console.environment().get("QUORATE_CONFIG")));
        if (named.isPresent()) {
            return named.map(Contexts::path);
        }
        return List.of(home(console), Path.of("/etc/quorate/config.yaml")).stream()
                .filter(Files::isReadable)
                .findFirst();
    }

    private static Path home(Console console) {
        return given(console.environment().get("XDG_CONFIG_HOME"))
                .map(Contexts::path)
                .orElseGet(() -> console.home().resolve(".config"))
                .resolve("quorate/config.yaml");
    }

    /** Rejects a text that is no path: one with a NUL, or with letters that this machine's encoding does not have. */
    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw Failure.usage(
                    "'" + Text.shortened(text, 80) + "' is no path of a configuration file: " + e.getReason());
        }
    }

    private static Optional<String> given(@Nullable String text) {
        return Optional.ofNullable(text).filter(value -> !value.isBlank());
    }
}
