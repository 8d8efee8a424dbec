package org.quorate.agent.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.quorate.config.HostPort;
import org.quorate.config.Keys;
import org.quorate.config.Secret;
import org.quorate.config.Values;
import org.quorate.config.YamlFile;

/**
 * All that an agent is told. Every key is described in {@code CONFIGURATION.md}.
 *
 * @param master Buildbot's {@code masters.name}
 * @param host how other machines reach this one; empty: by its own host name
 * @param capacity weight in the preference for schedulers; empty: the buildmaster's slots
 * @param buildmaster empty: somebody else starts the buildmaster
 * @param listen where HTTP is served; empty: nowhere
 * @param gateway empty: workers connect to masters directly
 * @param retention how long the history is kept
 */
public record AgentConfiguration(
        String cluster,
        String master,
        Optional<String> host,
        Path stateDirectory,
        Zookeeper zookeeper,
        Database database,
        Timing timing,
        Ownership ownership,
        OptionalInt capacity,
        Optional<Buildmaster> buildmaster,
        Optional<HostPort> listen,
        Optional<Gateway> gateway,
        Duration retention) {

    /**
     * The ensemble.
     *
     * @param sessionTimeout as wanted; what is granted counts
     */
    public record Zookeeper(String connect, Duration sessionTimeout) {}

    /**
     * Buildbot's database.
     *
     * @param password empty: none is sent
     */
    public record Database(
            String url,
            String user,
            Optional<Secret> password,
            int poolSize,
            Duration statementTimeout,
            Duration socketTimeout) {}

    /** The spans that are told rather than derived; {@link #granted} derives the others. */
    public record Timing(Duration grace, Duration killTime, Duration poll, Duration hangLimit) {}

    /** How schedulers spread. */
    public record Ownership(Duration delay, Duration settle, int movesPerMinute) {}

    /**
     * The buildmaster that the agent starts and supervises.
     *
     * @param plugin whether it has Quorate's plugin, or speaks the link otherwise
     * @param wakeInterval the least between two wake-ups of one without the plugin; zero: it is never woken
     * @param heartbeatLimit how long Buildbot's own heartbeat may stand still in one without the plugin
     * @param log the state directory is before it already, unless it was absolute
     */
    public record Buildmaster(
            List<String> command,
            boolean plugin,
            Duration wakeInterval,
            Duration heartbeatLimit,
            Path directory,
            Map<String, Secret> environment,
            Duration restartDelay,
            Duration stopDeadline,
            Path log) {
        public Buildmaster {
            command = List.copyOf(command);
            environment = Map.copyOf(environment);
        }

        /** For the process that is started, and for nothing else. */
        public Map<String, String> revealedEnvironment() {
            return Secret.revealed(environment);
        }
    }

    /** Where workers connect, and how many at the same time. */
    public record Gateway(HostPort listen, int connectionsMax) {}

    /** The keys, for those who check or document them. */
    public static Keys keys() {
        return AgentKeys.ALL;
    }

    /**
     * Reads the file, with overrides from the environment. The answer's notes are worth a warning each.
     *
     * @throws org.quorate.config.ConfigurationErrors with every mistake there is
     */
    public static Values read(Path file, Map<String, String> environment) {
        return YamlFile.read(file).values(AgentKeys.ALL, environment);
    }

    /** From values that {@link #read} answered. */
    public static AgentConfiguration of(Values values) {
        return new AgentConfiguration(
                values.get(AgentKeys.CLUSTER),
                values.get(AgentKeys.MASTER),
                values.find(AgentKeys.HOST),
                values.get(AgentKeys.STATE_DIRECTORY),
                new Zookeeper(values.get(AgentKeys.CONNECT), values.get(AgentKeys.SESSION_TIMEOUT)),
                database(values),
                new Timing(
                        values.get(AgentKeys.GRACE),
                        values.get(AgentKeys.KILL_TIME),
                        values.get(AgentKeys.POLL),
                        values.get(AgentKeys.HANG_LIMIT)),
                new Ownership(
                        values.get(AgentKeys.OWNERSHIP_DELAY),
                        values.get(AgentKeys.SETTLE),
                        values.get(AgentKeys.MOVES)),
                values.find(AgentKeys.CAPACITY).map(OptionalInt::of).orElse(OptionalInt.empty()),
                buildmaster(values),
                values.find(AgentKeys.LISTEN),
                values.find(AgentKeys.GATEWAY_LISTEN)
                        .map(listen -> new Gateway(listen, values.get(AgentKeys.GATEWAY_CONNECTIONS_MAX))),
                Duration.ofDays(values.get(AgentKeys.RETENTION)));
    }

    /**
     * Every span of the protocol under the session timeout that the ensemble granted. Its {@code mistakes} must be asked
     * again when the grant is not what was wanted.
     */
    public org.quorate.master.Timing granted(Duration sessionTimeout) {
        Duration statement = database.statementTimeout();
        Duration socket = database.socketTimeout();
        return org.quorate.master.Timing.of(
                sessionTimeout,
                timing.grace(),
                timing.killTime(),
                statement.compareTo(socket) > 0 ? statement : socket);
    }

    private static Database database(Values values) {
        return new Database(
                values.get(AgentKeys.URL),
                values.get(AgentKeys.USER),
                values.find(AgentKeys.PASSWORD),
                values.get(AgentKeys.POOL_SIZE),
                values.get(AgentKeys.STATEMENT_TIMEOUT),
                values.get(AgentKeys.SOCKET_TIMEOUT));
    }

    private static Optional<Buildmaster> buildmaster(Values values) {
        if (values.get(AgentKeys.COMMAND).isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Buildmaster(
                values.get(AgentKeys.COMMAND),
                values.get(AgentKeys.PLUGIN),
                values.get(AgentKeys.WAKE_INTERVAL),
                values.get(AgentKeys.HEARTBEAT_LIMIT),
                values.get(AgentKeys.DIRECTORY),
                values.get(AgentKeys.ENVIRONMENT),
                values.get(AgentKeys.RESTART_DELAY),
                values.get(AgentKeys.STOP_DEADLINE),
                values.get(AgentKeys.STATE_DIRECTORY).resolve(values.get(AgentKeys.LOG))));
    }
}
