package org.quorate.agent.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.quorate.config.Durations;
import org.quorate.config.Values;
import org.quorate.master.Timing;
import org.quorate.time.DurationOrder;

/** The rules between the {@link AgentKeys}: each returns one sentence about what is wrong, or nothing. */
final class AgentRules {
    /** The kernel allows 107 bytes for the path of a Unix socket; the difference is for the socket's own name. */
    private static final int MOST_STATE_DIRECTORY_BYTES = 80;

    private static final Duration USUAL_SESSION_TIMEOUT = Duration.ofSeconds(6);
    /** Buildbot's own heartbeat comes every minute; one may be late, and one may be lost. */
    private static final Duration THREE_HEARTBEATS = Duration.ofMinutes(3);

    private AgentRules() {}

    /** The protocol's own rule, with the requested session timeout. The agent checks it again with the granted one. */
    static Optional<String> timing(Values values) {
        List<String> mistakes = Timing.of(
                        values.get(AgentKeys.SESSION_TIMEOUT),
                        values.get(AgentKeys.GRACE),
                        values.get(AgentKeys.KILL_TIME),
                        sqlTimeout(values))
                .mistakes();
        return mistakes.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", mistakes));
    }

    /**
     * Returns the longest time that a statement can take, until the server ends it or the agent closes the connection.
     */
    static Duration sqlTimeout(Values values) {
        Duration statement = values.get(AgentKeys.STATEMENT_TIMEOUT);
        Duration socket = values.get(AgentKeys.SOCKET_TIMEOUT);
        return DurationOrder.longer(statement, socket);
    }

    static Optional<String> socketTimeout(Values values) {
        Duration socket = values.get(AgentKeys.SOCKET_TIMEOUT);
        if (socket.toMillis() % 1000 != 0) {
            return Optional.of("must be whole seconds: the driver supports nothing finer");
        }
        Duration statement = values.get(AgentKeys.STATEMENT_TIMEOUT);
        return socket.compareTo(statement) > 0
                ? Optional.empty()
                : Optional.of("must be more than database.statement_timeout, " + Durations.format(statement)
                        + ", or a slow statement ends as an unknown outcome instead of an error");
    }

    static Optional<String> stateDirectory(Values values) {
        int bytes = values.get(AgentKeys.STATE_DIRECTORY)
                .toAbsolutePath()
                .toString()
                .getBytes(StandardCharsets.UTF_8)
                .length;
        return bytes <= MOST_STATE_DIRECTORY_BYTES
                ? Optional.empty()
                : Optional.of("has " + bytes + " bytes as an absolute path: a Unix socket in it allows "
                        + MOST_STATE_DIRECTORY_BYTES);
    }

    static Optional<String> stockNeedsCommand(Values values) {
        return values.get(AgentKeys.PLUGIN) || !values.get(AgentKeys.COMMAND).isEmpty()
                ? Optional.empty()
                : Optional.of(
                        "must be true without buildmaster.command: a stock buildmaster cannot be notified that it is"
                                + " fenced, so its agent must be able to kill it");
    }

    /**
     * Buildbot's own name is {@code uname -n}, a colon, and its base directory; only the plugin gives it another name.
     */
    static Optional<String> ownName(Values values) {
        Path directory = values.get(AgentKeys.DIRECTORY).toAbsolutePath().normalize();
        String name = nodeName() + ":" + directory;
        boolean own = values.get(AgentKeys.MASTER).equals(name)
                || values.get(AgentKeys.MASTER).equals(nodeName() + ":" + real(directory));
        return values.get(AgentKeys.PLUGIN) || own
                ? Optional.empty()
                : Optional.of("must be the name that Buildbot gives itself, since buildmaster.plugin is false: write "
                        + name + ", and as buildmaster.directory the base directory of buildbot.tac");
    }

    private static Path real(Path directory) {
        try {
            return directory.toRealPath();
        } catch (IOException e) {
            return directory;
        }
    }

    private static String nodeName() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            return "localhost";
        }
    }

    static Optional<String> shortSession(Values values) {
        return values.get(AgentKeys.SESSION_TIMEOUT).compareTo(USUAL_SESSION_TIMEOUT) < 0
                ? Optional.of("is below 6s: a long pause of the machine or of ZooKeeper's disk fences a healthy master")
                : Optional.empty();
    }

    static Optional<String> shortHeartbeat(Values values) {
        return values.get(AgentKeys.HEARTBEAT_LIMIT).compareTo(THREE_HEARTBEATS) < 0
                ? Optional.of(
                        "is below 3m: Buildbot writes its heartbeat every 60 s, and a healthy buildmaster is killed"
                                + " when a few are late")
                : Optional.empty();
    }

    static Optional<String> idleBuildmaster(Values values) {
        boolean set = Stream.of(
                        AgentKeys.WAKE_INTERVAL,
                        AgentKeys.HEARTBEAT_LIMIT,
                        AgentKeys.DIRECTORY,
                        AgentKeys.ENVIRONMENT,
                        AgentKeys.RESTART_DELAY,
                        AgentKeys.STOP_DEADLINE,
                        AgentKeys.LOG)
                .anyMatch(key -> !values.origin(key).equals("default"));
        return set && values.get(AgentKeys.COMMAND).isEmpty()
                ? Optional.of("is left out, so that the other keys of buildmaster are not used")
                : Optional.empty();
    }

    static Optional<String> idleGateway(Values values) {
        return !values.origin(AgentKeys.GATEWAY_CONNECTIONS_MAX).equals("default")
                        && values.find(AgentKeys.GATEWAY_LISTEN).isEmpty()
                ? Optional.of("is left out, so that gateway.connections_max is not used")
                : Optional.empty();
    }

    static Optional<String> openToOthers(Values values) {
        return values.find(AgentKeys.LISTEN)
                .filter(listen -> !Addresses.isLoopback(listen.host()))
                .map(listen -> "is not a loopback address: everybody who reaches " + listen + " can read it");
    }
}
