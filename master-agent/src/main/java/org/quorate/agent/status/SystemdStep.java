package org.quorate.agent.status;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.loop.Step;

/** Sends systemd one line about what this agent does, which {@code systemctl status} shows. One thread. */
public final class SystemdStep implements Step {
    private static final Duration EVERY = Duration.ofSeconds(5);
    private static final Duration AFTER_A_FAILURE = Duration.ofMinutes(5);

    private final Supplier<AgentSnapshot> snapshots;
    private final SystemdNotify systemd;
    private @Nullable String sent;

    private SystemdStep(Supplier<AgentSnapshot> snapshots, SystemdNotify systemd) {
        this.snapshots = snapshots;
        this.systemd = systemd;
    }

    /** Returns the step; empty if systemd did not start this agent, or does not listen to it. */
    public static Optional<SystemdStep> of(Map<String, String> environment, Supplier<AgentSnapshot> snapshots) {
        return Optional.ofNullable(environment.get(SystemdNotify.SOCKET))
                .map(socket -> new SystemdStep(snapshots, new SystemdNotify(socket)));
    }

    @Override
    public Taken take() {
        String line = line(snapshots.get());
        if (line.equals(sent)) {
            return new Taken("", EVERY);
        }
        Optional<String> failure = systemd.send(line);
        if (failure.isPresent()) {
            return Taken.waiting("systemd does not get the status line: " + failure.get(), AFTER_A_FAILURE);
        }
        sent = line;
        return new Taken("", EVERY);
    }

    /** Numbers that change all the time are left out, since each change starts a program. */
    private static String line(AgentSnapshot snapshot) {
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
}
