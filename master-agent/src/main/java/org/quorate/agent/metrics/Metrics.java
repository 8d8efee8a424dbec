package org.quorate.agent.metrics;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Timer;
import com.codahale.metrics.jmx.JmxReporter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.quorate.claim.Turn;
import org.quorate.time.ClockOffset;

/**
 * The agent's metrics; each method is named after an event. Metric names contain their unit; {@link #HELP} documents
 * all of them. Counters and gauges are kept in Dropwizard's registry, which JMX shows, and Prometheus reads them from
 * there. Distributions are kept in both: JMX shows quantiles; Prometheus gets histograms, which can be added over
 * agents and time. Thread-safe.
 */
public final class Metrics {
    /** One sentence for each family. */
    public static final Map<String, String> HELP = Map.ofEntries(
            Map.entry("quorate_claims_total", "Buildrequests that this agent claimed."),
            Map.entry(
                    "quorate_completions_total",
                    "Completions by result: accepted, or refused since the attempt is not held."),
            Map.entry("quorate_releases_total", "Claims that were released to the queue."),
            Map.entry("quorate_turn_seconds", "How long one transaction of completions, releases and claims took."),
            Map.entry("quorate_turn_claims", "How many buildrequests one turn claimed."),
            Map.entry("quorate_unknown_outcomes_total", "Commits whose outcome had to be looked up."),
            Map.entry(
                    "quorate_lost_claims_total",
                    "Claims that the database had lost after an outage, as after a failover to a standby that lagged."),
            Map.entry(
                    "quorate_database_changes_total",
                    "Times when this agent changed to another database, after a promotion or an operator's pairing."),
            Map.entry(
                    "quorate_event_resets_total",
                    "Times when a buildmaster's position was beyond all events, since the database went back."),
            Map.entry("quorate_refused_writes_total", "Writes that the database refused since the master is fenced."),
            Map.entry("quorate_ticks_total", "Ticks of schedulers, by outcome."),
            Map.entry("quorate_failovers_total", "Masters that this agent failed over, by result."),
            Map.entry("quorate_heartbeat_seconds", "How long an acknowledged round trip to ZooKeeper took."),
            Map.entry("quorate_heartbeat_failures_total", "Heartbeats that were not acknowledged."),
            Map.entry("quorate_pauses_total", "Times when the whole process stood still for longer than a heartbeat."),
            Map.entry(
                    "quorate_trust_remaining_seconds",
                    "How long this agent trusts itself without another acknowledgement."),
            Map.entry("quorate_epoch", "The epoch of this master, 0 while there is none."),
            Map.entry("quorate_ready", "1 while this agent may claim."),
            Map.entry("quorate_leader", "1 while this agent is the housekeeper."),
            Map.entry("quorate_draining", "1 while an operator wants no new claims."),
            Map.entry("quorate_mode", "1 for the mode that the agent is in, 0 for the others."),
            Map.entry("quorate_schedulers_owned", "Schedulers that this master owns."),
            Map.entry(
                    "quorate_buildmaster_failed_starts",
                    "Starts of the buildmaster that failed, one after the other, since its last good run."),
            Map.entry(
                    "quorate_buildmaster_stalled_seconds",
                    "For how long the buildmaster's reactor has stood still; 0 while it runs."),
            Map.entry("quorate_claims_held", "Buildrequests that this master holds."),
            Map.entry(
                    "quorate_spooled_completions",
                    "Completions that wait for the database, on the agent's disk or, if that is unusable, in memory."),
            Map.entry("quorate_spool_bytes", "Size of the file in which completions wait for the database."),
            Map.entry(
                    "quorate_set_aside",
                    "Buildrequests that this agent passes over for a while, since the database fails for them."),
            Map.entry(
                    "quorate_clock_offset_seconds",
                    "How far this machine's clock is ahead of the database's; NaN until it is measured."),
            Map.entry("quorate_slots", "Builds that the attached buildmaster runs at the same time."),
            Map.entry("quorate_loops_late", "Loops that took no step for two of their periods."),
            Map.entry("quorate_loop_trouble", "1 for each loop that something keeps from its work; /status says what."),
            Map.entry("quorate_gateway_workers", "Workers that this agent's gateway forwards to a master, by master."),
            Map.entry(
                    "quorate_gateway_connects_total",
                    "Attempts to connect to a master for a worker, by result: made, failed."),
            Map.entry(
                    "quorate_gateway_refusals_total",
                    "Workers that got no master, by reason: full, since there were too many; unreachable, since no"
                            + " master accepted a connection."),
            Map.entry("quorate_up_seconds", "How long this incarnation has been running."));

    /** The bounds reach from a millisecond to the longest statement. A heartbeat should take a second at most. */
    private static final double[] SECONDS = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

    private static final double[] CLAIMS = {1, 2, 5, 10, 20, 50, 100, 200, 500};
    private static final PrometheusTextFormatWriter TEXT = PrometheusTextFormatWriter.create();

    private final PrometheusRegistry prometheus = new PrometheusRegistry();
    private final Histogram turnSeconds = histogram("quorate_turn_seconds", SECONDS);
    private final Histogram turnClaims = histogram("quorate_turn_claims", CLAIMS);
    private final Histogram heartbeatSeconds = histogram("quorate_heartbeat_seconds", SECONDS);
    private final MetricRegistry registry;
    private final Counter claims;
    private final Counter accepted;
    private final Counter refused;
    private final Counter releases;
    private final Counter unknown;
    private final Counter lost;
    private final Counter databaseChanges;
    private final Counter resets;
    private final Counter refusedWrites;
    private final Counter missedHeartbeats;
    private final Counter pauses;
    private final Timer turns;
    private final Timer heartbeats;
    private final com.codahale.metrics.Histogram batch;

    /** Registers all counters; {@link #gauge} adds values that are read at each scrape. */
    public Metrics(MetricRegistry registry) {
        this.registry = registry;
        this.claims = registry.counter("quorate_claims_total");
        this.accepted = registry.counter(DropwizardFamilies.named("quorate_completions_total", "result", "accepted"));
        this.refused = registry.counter(DropwizardFamilies.named("quorate_completions_total", "result", "refused"));
        this.releases = registry.counter("quorate_releases_total");
        this.unknown = registry.counter("quorate_unknown_outcomes_total");
        this.lost = registry.counter("quorate_lost_claims_total");
        this.databaseChanges = registry.counter("quorate_database_changes_total");
        this.resets = registry.counter("quorate_event_resets_total");
        this.refusedWrites = registry.counter("quorate_refused_writes_total");
        this.missedHeartbeats = registry.counter("quorate_heartbeat_failures_total");
        this.pauses = registry.counter("quorate_pauses_total");
        this.turns = registry.timer("quorate_turn_seconds");
        this.heartbeats = registry.timer("quorate_heartbeat_seconds");
        this.batch = registry.histogram("quorate_turn_claims");
        prometheus.register(new DropwizardFamilies(registry, HELP));
    }

    /** Registers the number of buildrequests that this agent passes over, which is read at each scrape. */
    public void countSetAside(IntSupplier count) {
        gauge("quorate_set_aside", count::getAsInt);
    }

    /** Registers how far this machine's clock is ahead of the database's, which is read at each scrape. */
    public void showClockOffset(Supplier<Optional<ClockOffset>> clock) {
        gauge(
                "quorate_clock_offset_seconds",
                () -> clock.get().map(ClockOffset::ahead).map(Metrics::seconds).orElse(Double.NaN));
    }

    /** Records one committed turn, and how many of its completions the database refused. */
    public void turned(Turn.Outcome outcome, int refusedCompletions, Duration took) {
        turns.update(took);
        turnSeconds.observe(seconds(took));
        claims.inc(outcome.claimed().size());
        accepted.inc(outcome.completed().size());
        refused.inc(refusedCompletions);
        releases.inc(outcome.released().size());
        if (!outcome.claimed().isEmpty()) {
            batch.update(outcome.claimed().size());
            turnClaims.observe(outcome.claimed().size());
        }
    }

    /** Counts a commit whose outcome is unknown. */
    public void unknown() {
        unknown.inc();
    }

    /** Counts claims that were acknowledged and that the database has lost. */
    public void lost(int claims) {
        lost.inc(claims);
    }

    /** Counts a change to another database of the cluster. */
    public void databaseChanged() {
        databaseChanges.inc();
    }

    /** Counts a buildmaster's position in the events that was beyond all that the database has issued. */
    public void wentBack() {
        resets.inc();
    }

    /** Counts a write that the database refused because this master is fenced. */
    public void refusedWrite() {
        refusedWrites.inc();
    }

    /** Counts a tick by its outcome: COMMITTED becomes {@code committed}. */
    public void ticked(Enum<?> state) {
        registry.counter(DropwizardFamilies.named("quorate_ticks_total", "state", word(state)))
                .inc();
    }

    /** Counts an attempt to fail a master over, by result. */
    public void failedOver(Enum<?> result) {
        registry.counter(DropwizardFamilies.named("quorate_failovers_total", "result", word(result)))
                .inc();
    }

    public void heartbeat(Duration took) {
        heartbeats.update(took);
        heartbeatSeconds.observe(seconds(took));
    }

    public void missedHeartbeat() {
        missedHeartbeats.inc();
    }

    /** Counts a pause of the whole process. */
    public void paused() {
        pauses.inc();
    }

    /** Counts an attempt of the gateway to connect to a master for a worker. */
    public void workerDialled(boolean made) {
        registry.counter(DropwizardFamilies.named("quorate_gateway_connects_total", "result", made ? "made" : "failed"))
                .inc();
    }

    /** Counts a worker that the gateway begins to forward to this master. */
    public void workerAttached(String master) {
        registry.counter(DropwizardFamilies.named("quorate_gateway_workers", "master", master))
                .inc();
    }

    /** Counts a worker that the gateway no longer forwards to this master. */
    public void workerDetached(String master) {
        registry.counter(DropwizardFamilies.named("quorate_gateway_workers", "master", master))
                .dec();
    }

    /** Counts a worker whose connection the gateway closed without a master. */
    public void workerTurnedAway(String reason) {
        registry.counter(DropwizardFamilies.named("quorate_gateway_refusals_total", "reason", reason))
                .inc();
    }

    /** Registers a value that is read at each scrape. */
    public void gauge(String name, Supplier<? extends Number> value) {
        registry.registerGauge(name, (Gauge<Number>) value::get);
    }

    /** Registers one value of a family that has a label. */
    public void gauge(String family, String label, String of, Supplier<? extends Number> value) {
        gauge(DropwizardFamilies.named(family, label, of), value);
    }

    /** Adds the metrics of the JVM and its process, under the names of Prometheus' own client. JMX has them already. */
    public void showJvm() {
        JvmMetrics.builder().register(prometheus);
    }

    /** Returns all metrics in Prometheus' text format. */
    public String page() {
        return TEXT.toDebugString(prometheus.scrape());
    }

    /** Shows the metrics over JMX too, until the returned object is closed. */
    public AutoCloseable jmx() {
        JmxReporter reporter =
                JmxReporter.forRegistry(registry).inDomain("org.quorate").build();
        reporter.start();
        return reporter;
    }

    private Histogram histogram(String name, double[] upperBounds) {
        return Histogram.builder()
                .name(name)
                .help(HELP.get(name))
                .classicOnly()
                .classicUpperBounds(upperBounds)
                .withoutExemplars()
                .register(prometheus);
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
