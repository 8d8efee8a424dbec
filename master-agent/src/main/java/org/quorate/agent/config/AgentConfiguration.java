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
import org.quorate.time.DurationOrder;

/**
 * All settings of an agent. {@code CONFIGURATION.md} describes every key.
 *
 * @param master Buildbot's {@code masters.name}
 * @param host the name or address by which other machines reach this one; empty: its own host name
 * @param capacity weight in the preference for schedulers; empty: the buildmaster's slots
 * @param buildmaster empty: somebody else starts the buildmaster
 * @param listen the address that serves HTTP; empty: none
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
        Duration retention,
        int candidatesMax) {

    /**
     * The ensemble.
     *
     * @param sessionTimeout the requested timeout; the one that ZooKeeper grants counts
     */
    public record Zookeeper(String connect, Duration sessionTimeout) {}

    /**
     * Buildbot's database.
     *
     * @param password empty: no password is sent
     */
    public record Database(
            String url,
            String user,
            Optional<Secret> password,
            int poolSize,
            Duration statementTimeout,
            Duration socketTimeout) {}

    /** The durations that are configured; {@link #granted} derives the others. */
    public record Timing(Duration grace, Duration killTime, Duration poll, Duration hangLimit) {}

    /** The settings for the distribution of schedulers. */
    public record Ownership(Duration delay, Duration settle, int movesPerMinute) {}

    /**
     * The buildmaster that the agent starts and supervises.
     *
     * @param plugin whether the buildmaster has Quorate's plugin, or speaks the link's protocol by itself
     * @param wakeInterval the least time between two wake-ups of a stock buildmaster; zero: it is never woken
     * @param heartbeatLimit how long Buildbot's own heartbeat may stay the same in a stock buildmaster
     * @param startLimit how long it may take from its start until it connects
     * @param log a relative path is already resolved against the state directory
     */
    public record Buildmaster(
            List<String> command,
            boolean plugin,
            Duration wakeInterval,
            Duration heartbeatLimit,
            Path directory,
            Map<String, Secret> environment,
            Duration restartDelay,
            Duration startLimit,
            Duration stopDeadline,
            Path log) {
        public Buildmaster {
            command = List.copyOf(command);
            environment = Map.copyOf(environment);
        }

        /** Returns the environment with its secrets, for the started process and for nothing else. */
        public Map<String, String> revealedEnvironment() {
            return Secret.revealed(environment);
        }
    }

    /** The address to which workers connect, and how many may be connected at the same time. */
    public record Gateway(HostPort listen, int connectionsMax) {}

    /** Returns the keys, for code that checks or documents them. */
    public static Keys keys() {
        return AgentKeys.ALL;
    }

    /**
     * Reads the file, with overrides from the environment. The caller should log each note of the result as a warning.
     *
     * @throws org.quorate.config.ConfigurationErrors with every mistake in the file
     */
    public static Values read(Path file, Map<String, String> environment) {
        return YamlFile.read(file).values(AgentKeys.ALL, environment);
    }

    /** Makes the configuration from values that {@link #read} returned. */
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
                Duration.ofDays(values.get(AgentKeys.RETENTION)),
                values.get(AgentKeys.CANDIDATES_MAX));
    }

    /**
     * Returns every duration of the protocol under the session timeout that the ensemble granted. The caller must check
     * its {@code mistakes} again if the granted timeout is not the requested one.
     */
    public org.quorate.master.Timing granted(Duration sessionTimeout) {
        Duration statement = database.statementTimeout();
        Duration socket = database.socketTimeout();
        return org.quorate.master.Timing.of(
                sessionTimeout, timing.grace(), timing.killTime(), DurationOrder.longer(statement, socket));
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
                values.get(AgentKeys.START_LIMIT),
                values.get(AgentKeys.STOP_DEADLINE),
                values.get(AgentKeys.STATE_DIRECTORY).resolve(values.get(AgentKeys.LOG))));
    }
}
