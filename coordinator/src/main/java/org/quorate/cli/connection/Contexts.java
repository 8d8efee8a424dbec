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
import org.quorate.config.Key;
import org.quorate.config.Keys;
import org.quorate.config.Secret;
import org.quorate.config.Values;
import org.quorate.config.YamlFile;

/** The named clusters of a configuration file, and what flags and the environment put over them. */
public final class Contexts {
    private static final Key<String> CLUSTER = Key.text("cluster").optional();
    private static final Key<String> ZOOKEEPER = Key.text("zookeeper").optional();
    private static final Key<String> URL = Key.text("database.url").optional();
    private static final Key<String> USER = Key.text("database.user").optional();
    private static final Key<Secret> PASSWORD =
            Key.secretFile("database.password_file").optional();
    private static final Keys SECTION = Keys.of(CLUSTER, ZOOKEEPER, URL, USER, PASSWORD);
    private static final Keys OVERRIDES = Keys.overridden("QUORATE_", CLUSTER, ZOOKEEPER, URL, USER, PASSWORD);

    private static final Key<String> CURRENT = Key.text("current").optional();
    private static final Key<Map<String, Values>> CONTEXTS = Key.namedSections("contexts", SECTION);
    private static final Keys FILE = Keys.of(CURRENT, CONTEXTS);

    /** The variable that each flag stands for. */
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
     * @param flags values of the flags that were given, by flag
     * @param config the file of {@code --config}
     * @param context the name of {@code --context}
     */
    public static Target target(
            Console console, Map<String, String> flags, @Nullable String config, @Nullable String context) {
        try {
            Optional<Values> section = section(console, config, context);
            Values over = overrides(console, flags);
            Target target = new Target(
                    either(over, section, CLUSTER),
                    either(over, section, URL).map(Contexts::jdbc),
                    either(over, section, USER),
                    either(over, section, PASSWORD),
                    either(over, section, ZOOKEEPER));
            return target;
        } catch (ConfigurationErrors e) {
            throw new Failure(Exit.USAGE, withFlags(String.valueOf(e.getMessage()), flags), e);
        }
    }

    private static <T> Optional<T> either(Values over, Optional<Values> section, Key<T> key) {
        return over.find(key).or(() -> section.flatMap(values -> values.find(key)));
    }

    /** Flags are read as the variables that they override. */
    private static Values overrides(Console console, Map<String, String> flags) {
        Map<String, String> environment = new HashMap<>(console.environment());
        flags.forEach((flag, value) -> environment.put(VARIABLES.getOrDefault(flag, flag), value));
        return YamlFile.parse("flags", "").values(OVERRIDES, environment);
    }

    private static String withFlags(String message, Map<String, String> flags) {
        String told = message;
        for (String flag : flags.keySet()) {
            told = told.replace("environment " + VARIABLES.get(flag), flag);
        }
        return told.replace("\n", "; ");
    }

    private static Optional<Values> section(Console console, @Nullable String config, @Nullable String context) {
        Optional<String> wanted =
                given(context).or(() -> given(console.environment().get("QUORATE_CONTEXT")));
        Optional<Path> file = file(console, config);
        if (file.isEmpty()) {
            if (wanted.isPresent()) {
                throw Failure.usage("there is no context " + wanted.get() + ": no configuration file was found at "
                        + home(console) + " or /etc/quorate/config.yaml; give one with --config");
            }
            return Optional.empty();
        }
        Values values = YamlFile.read(file.get()).values(FILE, console.environment());
        Optional<String> name = wanted.or(() -> values.find(CURRENT));
        if (name.isEmpty()) {
            return Optional.empty();
        }
        Map<String, Values> contexts = values.get(CONTEXTS);
        if (!contexts.containsKey(name.get())) {
            throw Failure.usage(
                    file.get() + " has no context " + name.get() + Text.didYouMean(name.get(), contexts.keySet()));
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

    /** A text may be no path: with a NUL in it, or with letters that this machine's encoding does not have. */
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

    private static String jdbc(String url) {
        if (url.startsWith("jdbc:postgresql:")) {
            return url;
        }
        if (url.startsWith("postgresql://") && !url.contains("@")) {
            return "jdbc:" + url;
        }
        throw Failure.usage("'" + Text.shortened(Text.printable(url.replaceFirst("//[^/@]*@", "//…@")), 80)
                + "' is no database URL: write jdbc:postgresql://host:5432/name, and give --user and --password-file");
    }
}
