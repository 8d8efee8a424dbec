package org.quorate.agent.status;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.loop.Reason;
import org.quorate.agent.loop.Step;

/**
 * Sends systemd one line about what this agent does, which {@code systemctl status} shows. The program
 * {@code systemd-notify} sends it, since Java has no datagrams on Unix sockets. One thread.
 */
public final class SystemdStep implements Step {
    /** The variable with which systemd names its socket to a service. */
    private static final String SOCKET = "NOTIFY_SOCKET";

    private static final Duration EVERY = Duration.ofSeconds(5);
    private static final Duration AFTER_A_FAILURE = Duration.ofMinutes(5);
    private static final int PATIENCE_SECONDS = 10;

    private final Supplier<AgentSnapshot> snapshots;
    private final List<String> program;
    private @Nullable String sent;

    private SystemdStep(Supplier<AgentSnapshot> snapshots, List<String> program) {
        this.snapshots = snapshots;
        this.program = List.copyOf(program);
    }

    /** Returns the step; empty if systemd did not start this agent, or does not listen to it. */
    public static Optional<SystemdStep> of(Map<String, String> environment, Supplier<AgentSnapshot> snapshots) {
        return Optional.ofNullable(environment.get(SOCKET))
                .map(socket -> new SystemdStep(snapshots, List.of("env", SOCKET + "=" + socket, "systemd-notify")));
    }

    @Override
    public Taken take() {
        String line = line(snapshots.get());
        if (line.equals(sent)) {
            return new Taken("", EVERY);
        }
        Optional<String> failure = send(line);
        if (failure.isPresent()) {
            return Taken.waiting("systemd does not get the status line: " + failure.get(), AFTER_A_FAILURE);
        }
        sent = line;
        return new Taken("", EVERY);
    }

    /** Numbers that change all the time are left out, since each change starts a program. */
    static String line(AgentSnapshot snapshot) {
        String master = "master " + snapshot.master();
        if (!snapshot.isReady()) {
            return master + " claims nothing: " + snapshot.reason().orElse("it does not trust itself");
        }
        return master + " works in epoch " + snapshot.epoch()
                + (snapshot.mode() == AgentSnapshot.Mode.NORMAL
                        ? ""
                        : ", " + snapshot.mode().word())
                + (snapshot.isLeader() ? ", as the housekeeper" : "");
    }

    private Optional<String> send(String line) {
        List<String> words = new ArrayList<>(program);
        words.add("--status=" + line);
        try {
            Process process = new ProcessBuilder(words)
                    .redirectInput(Redirect.from(new File("/dev/null")))
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.DISCARD)
                    .start();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return Optional.of("systemd-notify did not end within " + PATIENCE_SECONDS + " s");
            }
            return process.exitValue() == 0
                    ? Optional.empty()
                    : Optional.of("systemd-notify ended with status " + process.exitValue());
        } catch (IOException e) {
            return Optional.of(Reason.of(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("interrupted");
        }
    }
}
