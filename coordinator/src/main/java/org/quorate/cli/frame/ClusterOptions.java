package org.quorate.cli.frame;

import static picocli.CommandLine.Spec.Target.MIXEE;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.connection.Contexts;
import org.quorate.cli.connection.Target;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.DurationConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options that say which cluster is meant; before the command's word they hold for it too. */
public final class ClusterOptions {
    /** How long a store may take to answer when nobody said otherwise. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(30);

    @Spec(MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec mixee;

    @Option(names = "--config", paramLabel = "FILE", description = "Configuration file with contexts.")
    private @Nullable String config;

    @Option(names = "--context", paramLabel = "NAME", description = "The context of the configuration file to use.")
    private @Nullable String context;

    @Option(names = "--cluster", paramLabel = "NAME", description = "The cluster that the stores must belong to.")
    private @Nullable String cluster;

    @Option(names = "--database", paramLabel = "URL", description = "jdbc:postgresql://host:port/name")
    private @Nullable String database;

    @Option(names = "--user", paramLabel = "NAME", description = "User of the database.")
    private @Nullable String user;

    @Option(names = "--password-file", paramLabel = "FILE", description = "File that holds that user's password.")
    private @Nullable String passwordFile;

    @Option(names = "--zookeeper", paramLabel = "HOSTS", description = "host:port,host:port,…")
    private @Nullable String zookeeper;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "How long a store may take to answer (5s), and the limit of --wait (none).")
    private @Nullable Duration timeout;

    @Option(names = "--no-color", description = "No colours; never any in a pipe.")
    private boolean noColor;

    @Option(names = "--verbose", description = "Say more when something fails.")
    private boolean verbose;

    public Target target(Console console) {
        Map<String, String> flags = new LinkedHashMap<>();
        put(flags, "--cluster", where -> where.cluster);
        put(flags, "--zookeeper", where -> where.zookeeper);
        put(flags, "--database", where -> where.database);
        put(flags, "--user", where -> where.user);
        put(flags, "--password-file", where -> where.passwordFile);
        return Contexts.target(
                console,
                flags,
                find(where -> where.config).orElse(null),
                find(where -> where.context).orElse(null));
    }

    /** For one answer of a store. */
    public Duration patience() {
        Duration asked = limit().orElse(PATIENCE);
        return asked.compareTo(LONGEST_ANSWER) > 0 ? LONGEST_ANSWER : asked;
    }

    /** For {@code --wait}. */
    public Optional<Duration> limit() {
        return find(where -> where.timeout);
    }

    public boolean colours(Console console) {
        return console.terminal()
                && !console.environment().containsKey("NO_COLOR")
                && find(where -> where.noColor ? Boolean.TRUE : null).isEmpty();
    }

    public boolean isVerbose() {
        return find(where -> where.verbose ? Boolean.TRUE : null).isPresent();
    }

    private void put(Map<String, String> flags, String flag, Function<ClusterOptions, @Nullable String> field) {
        find(field).ifPresent(value -> flags.put(flag, value));
    }

    /** The innermost command that gave it. */
    private <T> Optional<T> find(Function<ClusterOptions, @Nullable T> field) {
        for (CommandSpec spec = mixee; spec != null; spec = spec.parent()) {
            CommandSpec mixin = spec.mixins().get("where");
            if (mixin != null && mixin.userObject() instanceof ClusterOptions where) {
                T value = field.apply(where);
                if (value != null) {
                    return Optional.of(value);
                }
            }
        }
        return Optional.empty();
    }

    /** The mixin of a command of ours; none for a command of an extension. */
    public static Optional<ClusterOptions> of(CommandSpec spec) {
        CommandSpec mixin = spec.mixins().get("where");
        return mixin != null && mixin.userObject() instanceof ClusterOptions where
                ? Optional.of(where)
                : Optional.empty();
    }
}
