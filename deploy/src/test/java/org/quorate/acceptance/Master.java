package org.quorate.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.quorate.agent.supervision.Supervisor;

/**
 * One master: its agent, the buildmaster that the agent starts, and the builds. Signals go to processes by pid only.
 */
public final class Master {
    private final Path directory;
    private final String cookie;
    private final Path buildmasterLog;
    private Process agent;

    private Master(Path directory, String cookie, Path buildmasterLog) {
        this.directory = directory;
        this.buildmasterLog = buildmasterLog;
        this.cookie = Supervisor.COOKIE + "=" + cookie;
    }

    static Master at(Path directory, String name, String cluster, Site site, Supervised buildmaster) {
        try {
            Files.createDirectories(directory);
            buildmaster.prepare(directory);
            String masterName = buildmaster.masterName(directory, name);
            Files.writeString(
                    directory.resolve("agent.yaml"),
                    String.join(
                            "\n",
                            List.of(
                                    "cluster: " + cluster,
                                    "master: \"" + masterName + "\"",
                                    "state_directory: " + directory.resolve("s"),
                                    "zookeeper: {connect: \"" + site.zooKeeperConnect() + "\", session_timeout: "
                                            + site.sessionTimeout().toSeconds() + "s}",
                                    "database: {url: \"" + site.jdbcUrl() + "\", user: " + site.user()
                                            + ", password_file: " + site.passwordFile()
                                            + ", statement_timeout: 4s, socket_timeout: 5s}",
                                    "timing: {grace: 1s, kill_time: 2s, poll: 5s}",
                                    "ownership: {delay: "
                                            + site.ownershipDelay().toMillis()
                                            + "ms, settle: 2s, moves_per_minute: 600}",
                                    "http: {listen: \"127.0.0.1:0\"}",
                                    "buildmaster:",
                                    "  command: [\"" + String.join("\", \"", buildmaster.command(directory)) + "\"]",
                                    "  directory: " + buildmaster.workingDirectory(directory),
                                    "  environment: {"
                                            + buildmaster.environment().entrySet().stream()
                                                    .map(e -> e.getKey() + ": \"" + e.getValue() + "\"")
                                                    .collect(Collectors.joining(", "))
                                            + "}",
                                    buildmaster.settings().stream()
                                                    .map(setting -> "  " + setting + "\n")
                                                    .collect(Collectors.joining())
                                            + "  restart_delay: 500ms",
                                    "  stop_deadline: 5s",
                                    "")));
            return new Master(
                    directory,
                    Supervisor.cookie(cluster, masterName, directory.resolve("s")),
                    buildmaster.log(directory));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Uses an {@code agent.yaml} that already lies in this directory, with {@code s} as its state directory. */
    public static Master configured(Path directory, String cluster, String name) {
        return new Master(
                directory,
                Supervisor.cookie(cluster, name, directory.resolve("s")),
                directory.resolve("s/buildmaster.log"));
    }

    void start() {
        start(Command.program("quorate-agent"), Map.of());
    }

    /** Starts the agent with this launcher and these additional environment variables. */
    public void start(String program, Map<String, String> environment) {
        try {
            ProcessBuilder builder = new ProcessBuilder(
                            program, "--config", directory.resolve("agent.yaml").toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
            Command.putFirstOnPath(builder.environment());
            builder.environment().putAll(environment);
            agent = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path log() {
        return directory.resolve("agent.log");
    }

    /** Returns the log files of the agent and of its buildmaster. */
    List<Path> logs() {
        return Stream.of(log(), directory.resolve("s/buildmaster.log"), buildmasterLog)
                .distinct()
                .toList();
    }

    Path configuration() {
        return directory.resolve("agent.yaml");
    }

    /** Changes the agent's configuration, for its next start. */
    void rewrite(UnaryOperator<String> change) {
        try {
            Files.writeString(configuration(), change.apply(Files.readString(configuration())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String logText() {
        try {
            return Files.exists(log()) ? Files.readString(log()) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The socket on which the agent waits for its buildmaster. */
    Path link() {
        return directory.resolve("s/link.sock");
    }

    /** Returns whether neither the agent, nor its buildmaster, nor any build is left. */
    public boolean isGone() {
        return everything().isEmpty();
    }

    public Process agent() {
        return agent;
    }

    public void killAgent() {
        signal("KILL", List.of(agent.pid()));
    }

    /** Returns the exit code of the agent, which ends at once. */
    int handOver() {
        signal("USR2", List.of(agent.pid()));
        return agent.onExit().join().exitValue();
    }

    void killBuildmaster() {
        signal("KILL", List.of(buildmasterPid().orElseThrow()));
    }

    /** Sends SIGSTOP to the buildmaster alone: it hangs, and its agent goes on. */
    void freezeBuildmaster() {
        signal("STOP", List.of(buildmasterPid().orElseThrow()));
    }

    /** Kills all processes, as if the machine were gone. */
    void killAll() {
        List<Long> all = everything();
        signal("KILL", all);
    }

    public void freezeAgent() {
        signal("STOP", List.of(agent.pid()));
    }

    public void thawAgent() {
        signal("CONT", List.of(agent.pid()));
    }

    /** Sends a signal to the buildmaster alone, while its builds go on. Does nothing if no buildmaster runs. */
    public void signalBuildmaster(String name) {
        signal(name, buildmasterPid().filter(this::hasCookie).stream().toList());
    }

    /** Kills all processes, and freezes them before, so that none of them notices the end of another. */
    public void killMachine() {
        List<Long> all = everything();
        signal("STOP", all);
        signal("KILL", all);
    }

    public void freezeAll() {
        signal("STOP", everything());
    }

    public void thawAll() {
        signal("CONT", everything());
    }

    /** Sends SIGTERM to the agent and waits for its end. */
    int stop() {
        terminate();
        return awaitEnd();
    }

    /** Sends SIGTERM to the agent. */
    void terminate() {
        signal("TERM", List.of(agent.pid()));
    }

    /** Returns the agent's exit code. */
    int awaitEnd() {
        try {
            if (!agent.waitFor(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the agent did not stop within a minute:\n" + logText());
            }
            return agent.exitValue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public Optional<Long> buildmasterPid() {
        try {
            return Files.readString(directory.resolve("s/buildmaster.pid"))
                    .lines()
                    .findFirst()
                    .map(line -> Long.parseLong(line.strip().split("\\s+")[0]));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Returns the agent and all processes that carry this master's cookie in their environment. */
    private List<Long> everything() {
        Stream<Long> agents = agent != null && agent.isAlive() ? Stream.of(agent.pid()) : Stream.of();
        return Stream.concat(
                        agents,
                        ProcessHandle.allProcesses().map(ProcessHandle::pid).filter(this::hasCookie))
                .distinct()
                .toList();
    }

    private boolean hasCookie(long pid) {
        try {
            return List.of(Files.readString(Path.of("/proc/" + pid + "/environ"))
                            .split("\0"))
                    .contains(cookie);
        } catch (IOException e) {
            return false;
        }
    }

    private static void signal(String name, List<Long> pids) {
        if (pids.isEmpty()) {
            return;
        }
        List<String> words = new ArrayList<>(List.of("kill", "-" + name));
        pids.forEach(pid -> words.add(Long.toString(pid)));
        try {
            // some processes may have ended by themselves
            new ProcessBuilder(words)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the buildrequest of each build that began, from the note that the build itself wrote. */
    List<Integer> begunBuilds() {
        return builds("start");
    }

    List<Integer> finishedBuilds() {
        return builds("end");
    }

    private List<Integer> builds(String event) {
        Path effects = directory.resolve("builds/effects.jsonl");
        try {
            return Files.exists(effects)
                    ? Files.readAllLines(effects).stream()
                            .filter(line -> line.contains("\"event\":\"" + event + "\""))
                            .map(line -> Integer.parseInt(line.replaceAll(".*\"brid\":(\\d+).*", "$1")))
                            .toList()
                    : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void destroy() {
        if (agent != null) {
            signal("KILL", everything());
        }
    }
}
