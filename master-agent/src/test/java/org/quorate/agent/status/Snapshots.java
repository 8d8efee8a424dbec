package org.quorate.agent.status;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.quorate.agent.status.AgentSnapshot.Gateway;
import org.quorate.agent.status.AgentSnapshot.Mode;
import org.quorate.agent.status.AgentSnapshot.Owned;
import org.quorate.agent.status.AgentSnapshot.Pulse;
import org.quorate.config.HostPort;

/** Snapshots of an agent for tests: a healthy one, and some of agents with a problem. */
public final class Snapshots {
    static final UUID INCARNATION = UUID.fromString("00000000-0000-0000-0000-000000000007");
    static final Pulse IN_TIME = new Pulse("claims", Duration.ofSeconds(3), Duration.ofSeconds(5), Optional.empty());
    static final Pulse LATE = new Pulse("membership", Duration.ofSeconds(41), Duration.ofSeconds(20), Optional.empty());

    private Snapshots() {}

    public static AgentSnapshot good() {
        return snapshot(Duration.ofMillis(3500), Optional.empty(), OptionalLong.of(9), 3, false, List.of(IN_TIME));
    }

    static AgentSnapshot untrusted() {
        return snapshot(Duration.ZERO, Optional.empty(), OptionalLong.of(9), 3, false, List.of(IN_TIME));
    }

    static AgentSnapshot draining(int held) {
        return snapshot(
                Duration.ofSeconds(4), Optional.of("draining"), OptionalLong.empty(), held, true, List.of(IN_TIME));
    }

    static AgentSnapshot stuck() {
        return snapshot(
                Duration.ofSeconds(4), Optional.empty(), OptionalLong.empty(), 0, false, List.of(IN_TIME, LATE));
    }

    private static AgentSnapshot snapshot(
            Duration trust,
            Optional<String> reason,
            OptionalLong leader,
            int held,
            boolean draining,
            List<Pulse> loops) {
        return new AgentSnapshot(
                "ci",
                "m1",
                41,
                INCARNATION,
                "0.1.0",
                Mode.NORMAL,
                trust,
                reason,
                leader,
                List.of(new Owned("nightly build", 7)),
                held,
                4,
                0,
                Duration.ZERO,
                draining,
                new AgentSnapshot.Spooled(2, 386),
                Optional.of(new Gateway(new HostPort("0.0.0.0", 9989), 3, 1000, Map.of("m2", 2, "m1", 1))),
                Duration.ofMinutes(2),
                loops);
    }
}
