package org.quorate.cli.frame;

import static picocli.CommandLine.Spec.Target.MIXEE;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.connection.Contexts;
import org.quorate.cli.connection.Target;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.DurationConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options that name the cluster. They may be written before or after the subcommand. */
public final class ClusterOptions {
    /** A store may take this long to answer if {@code --timeout} is not given. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    /** The field of each command that holds these options, which is also picocli's name of the mixin. */
    private static final String FIELD = "clusterOptions";

    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(30);

    /** The commands whose statements read or write whole tables: they get the longest time by default. */
    private static final Set<String> WITH_LONG_STATEMENTS = Set.of("create", "adopt", "leave", "verify");

    @Spec(MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec mixee;

    @Option(names = "--config", paramLabel = "FILE", description = "Read the contexts from this configuration file.")
    private @Nullable String config;

    @Option(names = "--context", paramLabel = "NAME", description = "Use this context of the configuration file.")
    private @Nullable String context;

    @Option(
            names = "--cluster",
            paramLabel = "NAME",
            description = "Name of the cluster that the stores must belong to.")
    private @Nullable String cluster;

    @Option(names = "--database", paramLabel = "URL", description = "The database: jdbc:postgresql://host:port/name")
    private @Nullable String database;

    @Option(names = "--user", paramLabel = "NAME", description = "Connect to the database as this user.")
    private @Nullable String user;

    @Option(names = "--password-file", paramLabel = "FILE", description = "File with the password of that user.")
    private @Nullable String passwordFile;

    @Option(names = "--zookeeper", paramLabel = "HOSTS", description = "The ZooKeeper servers: host:port,host:port,…")
    private @Nullable String zookeeper;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "How long a store may take to answer (5s; 30s for schema and verify, and at most)."
                    + " With --wait: how long to wait (no limit).")
    private @Nullable Duration timeout;

    @Option(names = "--no-color", description = "Print no colours. Into a pipe none are printed anyway.")
    private boolean noColor;

    @Option(names = "--verbose", description = "Print more when something fails.")
    private boolean verbose;

    public Target target(Console console) {
        Map<String, String> flags = new LinkedHashMap<>();
        put(flags, "--cluster", options -> options.cluster);
        put(flags, "--zookeeper", options -> options.zookeeper);
        put(flags, "--database", options -> options.database);
        put(flags, "--user", options -> options.user);
        put(flags, "--password-file", options -> options.passwordFile);
        return Contexts.target(
                console,
                flags,
                find(options -> options.config).orElse(null),
                find(options -> options.context).orElse(null));
    }

    /** Returns how long a store may take for one answer. */
    public Duration patience() {
        Duration asked = limit().orElse(WITH_LONG_STATEMENTS.contains(mixee.name()) ? LONGEST_ANSWER : PATIENCE);
        return asked.compareTo(LONGEST_ANSWER) > 0 ? LONGEST_ANSWER : asked;
    }

    /** Returns the limit of {@code --wait}; empty: none. */
    public Optional<Duration> limit() {
        return find(options -> options.timeout);
    }

    public boolean colours(Console console) {
        return console.terminal()
                && !console.environment().containsKey("NO_COLOR")
                && find(options -> options.noColor ? Boolean.TRUE : null).isEmpty();
    }

    public boolean isVerbose() {
        return find(options -> options.verbose ? Boolean.TRUE : null).isPresent();
    }

    private void put(Map<String, String> flags, String flag, Function<ClusterOptions, @Nullable String> field) {
        find(field).ifPresent(value -> flags.put(flag, value));
    }

    /** Returns the value of the innermost command that has one. */
    private <T> Optional<T> find(Function<ClusterOptions, @Nullable T> field) {
        for (CommandSpec spec = mixee; spec != null; spec = spec.parent()) {
            CommandSpec mixin = spec.mixins().get(FIELD);
            if (mixin != null && mixin.userObject() instanceof ClusterOptions options) {
                T value = field.apply(options);
                if (value != null) {
                    return Optional.of(value);
                }
            }
        }
        return Optional.empty();
    }

    /** Returns these options of a command; empty for a command of an extension. */
    public static Optional<ClusterOptions> of(CommandSpec spec) {
        CommandSpec mixin = spec.mixins().get(FIELD);
        return mixin != null && mixin.userObject() instanceof ClusterOptions options
                ? Optional.of(options)
                : Optional.empty();
    }
}
