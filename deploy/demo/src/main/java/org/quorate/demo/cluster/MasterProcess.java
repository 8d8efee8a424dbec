package org.quorate.demo.cluster;

import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.supervision.MarkedProcesses;
import org.quorate.agent.supervision.Supervisor;

/**
 * One master as a machine: its agent, its buildmaster and all processes that they started. A fault hits all of them,
 * and only processes that carry this demo's own mark. One thread, except for {@link #isAlive}.
 */
final class MasterProcess {
    /** Variables that only the launchers read, which are no configuration. */
    private static final Set<String> LAUNCHERS = Set.of("QUORATE_JAVA_OPTS", "QUORATE_SHARED_CLASSES");

    private final MasterFiles files;
    private final List<String> command;
    private final Map<String, String> environment;
    private final MarkedProcesses marked;
    private volatile @Nullable Process agent;

    /** @param environment the agent's variables in addition to the demo's own environment */
    MasterProcess(MasterFiles files, String cluster, List<String> command, Map<String, String> environment) {
        this.files = files;
        this.command = List.copyOf(command);
        this.environment = Map.copyOf(environment);
        this.marked = new MarkedProcesses(
                Set.of(Supervisor.COOKIE + "=" + Supervisor.cookie(cluster, files.name(), files.state())));
    }

    String name() {
        return files.name();
    }

    MasterFiles files() {
        return files;
    }

    /** Starts the agent in a session of its own, so that Ctrl-C at a terminal reaches the demo only. */
    void start() {
        List<String> words = new ArrayList<>(List.of("setsid"));
        words.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(words)
                .directory(files.folder().toFile())
                .redirectInput(new File("/dev/null"))
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(files.agentLog().toFile()));
        // a variable of the caller's shell would override the configuration
        builder.environment().keySet().removeIf(name -> name.startsWith("QUORATE_") && !LAUNCHERS.contains(name));
        builder.environment().putAll(environment);
        try {
            agent = builder.start();
        } catch (IOException e) {
            throw new DemoFailed("the agent of " + name() + " cannot be started: " + e.getMessage(), e);
        }
    }

    boolean isAlive() {
        Process process = agent;
        return process != null && process.isAlive();
    }

    /** Kills the machine: SIGKILL to all its processes, the agent first. Returns how many processes. */
    int kill() {
        Process process = agent;
        int count = 0;
        if (process != null && process.isAlive()) {
            process.destroyForcibly();
            count++;
        }
        count += marked.find().size();
        if (!marked.kill(Duration.ofSeconds(5))) {
            throw new DemoFailed("processes of " + name() + " do not end: "
                    + marked.find().stream().map(ProcessHandle::pid).toList());
        }
        return count;
    }

    /** Freezes the machine: SIGSTOP to all its processes, the agent first. Returns how many processes. */
    int freeze() {
        Set<Long> frozen = new HashSet<>();
        Process process = agent;
        if (process != null) {
            frozen.add(process.pid());
            Signals.send("STOP", frozen);
        }
        // until no new process is found: one that was not stopped yet may have forked
        for (Set<Long> left = others(frozen); !left.isEmpty(); left = others(frozen)) {
            Signals.send("STOP", left);
            frozen.addAll(left);
        }
        return frozen.size();
    }

    /** Wakes the machine, as if no time had passed. */
    void wake() {
        Set<Long> all = others(Set.of());
        Process process = agent;
        if (process != null) {
            all.add(process.pid());
        }
        Signals.send("CONT", all);
    }

    private Set<Long> others(Set<Long> known) {
        Set<Long> pids = new HashSet<>();
        marked.find().forEach(handle -> pids.add(handle.pid()));
        pids.removeAll(known);
        return pids;
    }

    /** Asks the agent to stop in order; does not wait. */
    void askToStop() {
        Process process = agent;
        if (process != null) {
            process.destroy();
        }
    }

    /** Waits for the end of the agent. */
    boolean awaitEnd(Duration limit) {
        Process process = agent;
        if (process == null) {
            return true;
        }
        CompletableFuture<Process> end = process.onExit();
        try {
            end.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            return false;
        }
    }
}
