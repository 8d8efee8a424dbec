package org.quorate.agent.status;

import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;
import org.quorate.agent.loop.LoopName;
import org.quorate.agent.metrics.Metrics;

/** The metrics that are read from a snapshot of the agent at each scrape. */
public final class SnapshotMetrics {
    private SnapshotMetrics() {}

    /** Registers all of them. */
    public static void register(Metrics metrics, Supplier<AgentSnapshot> snapshots) {
        gauge(metrics, snapshots, "quorate_trust_remaining_seconds", now -> seconds(now.trustRemaining()));
        gauge(metrics, snapshots, "quorate_epoch", AgentSnapshot::epoch);
        gauge(metrics, snapshots, "quorate_ready", now -> now.isReady() ? 1 : 0);
        gauge(metrics, snapshots, "quorate_leader", now -> now.isLeader() ? 1 : 0);
        gauge(metrics, snapshots, "quorate_draining", now -> now.draining() ? 1 : 0);
        gauge(
                metrics,
                snapshots,
                "quorate_schedulers_owned",
                now -> now.schedulers().size());
        gauge(metrics, snapshots, "quorate_claims_held", AgentSnapshot::held);
        gauge(metrics, snapshots, "quorate_slots", AgentSnapshot::slots);
        gauge(metrics, snapshots, "quorate_buildmaster_failed_starts", AgentSnapshot::failedStarts);
        gauge(metrics, snapshots, "quorate_buildmaster_stalled_seconds", now -> seconds(now.silence()));
        gauge(
                metrics,
                snapshots,
                "quorate_spooled_completions",
                now -> now.spooled().completions());
        gauge(metrics, snapshots, "quorate_spool_bytes", now -> now.spooled().bytes());
        gauge(metrics, snapshots, "quorate_loops_late", now -> now.late().size());
        gauge(metrics, snapshots, "quorate_up_seconds", now -> seconds(now.upFor()));
        for (LoopName loop : LoopName.values()) {
            metrics.gauge(
                    "quorate_loop_trouble",
                    "loop",
                    loop.toString(),
                    () -> snapshots.get().hasTrouble(loop.toString()) ? 1 : 0);
        }
        for (AgentSnapshot.Mode mode : AgentSnapshot.Mode.values()) {
            metrics.gauge(
                    "quorate_mode", "mode", mode.word(), () -> snapshots.get().mode() == mode ? 1 : 0);
        }
    }

    private static void gauge(
            Metrics metrics, Supplier<AgentSnapshot> snapshots, String name, Function<AgentSnapshot, Number> read) {
        metrics.gauge(name, () -> read.apply(snapshots.get()));
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }
}
