package org.quorate.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.agent.status.SnapshotMetrics;
import org.quorate.agent.status.Snapshots;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.quorate.claim.Turn;
import org.quorate.time.ClockOffset;

class MetricsTest {
    private static final Path DEPLOY = Path.of("../deploy");
    private static final Pattern NAME = Pattern.compile("\\bquorate_\\w+");
    private static final Set<String> DISTRIBUTIONS =
            Set.of("quorate_turn_seconds", "quorate_turn_claims", "quorate_heartbeat_seconds");

    private final MetricRegistry registry = new MetricRegistry();
    private final Metrics metrics = new Metrics(registry);

    private enum Kind {
        COMMITTED,
        ALREADY
    }

    private static Turn.Outcome outcome(int claimed, int completed) {
        List<Claim> claims = new ArrayList<>();
        for (int i = 0; i < claimed; i++) {
            claims.add(new Claim(new Attempt(i, UUID.randomUUID()), 1, "b", 1, 0, 0, "{}"));
        }
        return new Turn.Outcome(Collections.nCopies(completed, 1), List.of(5), claims, false);
    }

    private void countEverything() {
        metrics.turned(outcome(3, 2), 1, Duration.ofMillis(250));
        metrics.turned(outcome(0, 0), 0, Duration.ofMillis(250));
        metrics.ticked(Kind.COMMITTED);
        metrics.ticked(Kind.ALREADY);
        metrics.ticked(Kind.ALREADY);
        metrics.failedOver(Kind.COMMITTED);
        metrics.heartbeat(Duration.ofMillis(5));
        metrics.missedHeartbeat();
        metrics.refusedWrite();
        metrics.paused();
        metrics.unknown();
        metrics.lost(1);
        metrics.workerDialled(false);
        metrics.workerAttached("m2");
        metrics.workerAttached("m2");
        metrics.workerDetached("m2");
        metrics.workerTurnedAway("unreachable");
        metrics.countSetAside(() -> 0);
        metrics.showClockOffset(() -> Optional.of(new ClockOffset(Duration.ofMillis(-250), Duration.ofMillis(1))));
        SnapshotMetrics.register(metrics, Snapshots::good);
        metrics.showJvm();
    }

    @Test
    void the_page_shows_what_the_agent_counts() {
        countEverything();

        assertThat(metrics.page().lines())
                .contains(
                        "quorate_claims_total 3.0",
                        "quorate_completions_total{result=\"accepted\"} 2.0",
                        "quorate_completions_total{result=\"refused\"} 1.0",
                        "quorate_releases_total 2.0",
                        "quorate_lost_claims_total 1.0",
                        "quorate_ticks_total{state=\"committed\"} 1.0",
                        "quorate_ticks_total{state=\"already\"} 2.0",
                        "quorate_gateway_connects_total{result=\"failed\"} 1.0",
                        "quorate_gateway_workers{master=\"m2\"} 1.0",
                        "quorate_gateway_refusals_total{reason=\"unreachable\"} 1.0",
                        "quorate_trust_remaining_seconds 3.5",
                        "quorate_mode{mode=\"normal\"} 1.0",
                        "quorate_mode{mode=\"alone\"} 0.0",
                        "quorate_claims_held 3.0",
                        "quorate_spooled_completions 2.0",
                        "quorate_spool_bytes 386.0",
                        "quorate_clock_offset_seconds -0.25",
                        "quorate_schedulers_owned 1.0",
                        "quorate_epoch 41.0");
    }

    @Test
    void times_and_sizes_are_histograms_that_can_be_added_over_agents() {
        countEverything();

        assertThat(metrics.page().lines())
                .contains(
                        "quorate_turn_seconds_bucket{le=\"0.1\"} 0",
                        "quorate_turn_seconds_bucket{le=\"0.25\"} 2",
                        "quorate_turn_seconds_bucket{le=\"+Inf\"} 2",
                        "quorate_turn_seconds_count 2",
                        "quorate_turn_seconds_sum 0.5",
                        "quorate_turn_claims_bucket{le=\"2.0\"} 0",
                        "quorate_turn_claims_bucket{le=\"5.0\"} 1",
                        "quorate_turn_claims_sum 3.0",
                        "quorate_heartbeat_seconds_bucket{le=\"0.0025\"} 0",
                        "quorate_heartbeat_seconds_bucket{le=\"0.005\"} 1")
                .noneMatch(line -> line.startsWith("quorate_") && line.contains("quantile"));
    }

    @Test
    void the_jvm_and_its_process_have_the_names_that_dashboards_know() {
        metrics.showJvm();

        assertThat(metrics.page().lines().map(line -> line.replaceAll(" .*", "")))
                .contains(
                        "jvm_memory_used_bytes{area=\"heap\"}",
                        "jvm_threads_current",
                        "process_cpu_seconds_total",
                        "process_resident_memory_bytes");
    }

    @Test
    void every_family_of_ours_has_its_sentence_and_its_type() {
        countEverything();

        List<String> ours = metrics.page()
                .lines()
                .filter(line -> line.startsWith("# ") && line.contains(" quorate_"))
                .toList();

        List<String> expected = new ArrayList<>();
        Metrics.HELP.forEach((name, sentence) -> {
            expected.add("# HELP " + name + " " + sentence);
            expected.add("# TYPE " + name + " "
                    + (DISTRIBUTIONS.contains(name) ? "histogram" : name.endsWith("_total") ? "counter" : "gauge"));
        });
        assertThat(ours).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void the_runbook_and_the_alerts_name_the_metrics_that_there_are() throws Exception {
        assertThat(named("RUNBOOK.md")).isEqualTo(Metrics.HELP.keySet());
        assertThat(Metrics.HELP.keySet()).containsAll(named("src/main/prometheus/alerts.yaml"));
    }

    /** Returns the metrics that the file names; the buckets of a histogram count as the histogram. */
    private static Set<String> named(String file) throws IOException {
        return NAME.matcher(Files.readString(DEPLOY.resolve(file)))
                .results()
                .map(MatchResult::group)
                .filter(name -> !name.matches("quorate_v\\d"))
                .map(name -> name.replaceAll("_bucket$", ""))
                .collect(Collectors.toSet());
    }

    @Test
    void a_hostile_label_or_a_broken_gauge_cannot_break_the_page() {
        metrics.workerAttached("x\"y\\z\nw}=");
        registry.registerGauge("words", (Gauge<String>) () -> "no number");
        registry.registerGauge("broken", (Gauge<Integer>) () -> {
            throw new IllegalStateException("broken");
        });

        String page = metrics.page();

        assertThat(page.lines()).contains("quorate_gateway_workers{master=\"x\\\"y\\\\z\\nw}=\"} 1.0");
        assertThat(page).doesNotContain("words", "broken").contains("quorate_claims_total 0.0\n");
    }

    @Test
    void the_same_metrics_are_seen_over_jmx_until_closed() throws Exception {
        ObjectName ours = new ObjectName("org.quorate:*");
        metrics.workerAttached("x\"y\\z\nw}=");

        try (AutoCloseable jmx = metrics.jmx()) {
            assertThat(jmx).isNotNull();
            assertThat(ManagementFactory.getPlatformMBeanServer().queryNames(ours, null))
                    .hasSameSizeAs(registry.getNames())
                    .anyMatch(name -> name.toString().contains("quorate_turn_seconds"));
        }

        assertThat(ManagementFactory.getPlatformMBeanServer().queryNames(ours, null))
                .isEmpty();
    }

    @Test
    void prometheus_own_checker_finds_no_fault_in_the_page_and_in_the_alerts(@TempDir Path folder) throws Exception {
        Path alerts = DEPLOY.resolve("src/main/prometheus/alerts.yaml").toAbsolutePath();
        boolean there = System.getenv("PATH")
                .lines()
                .flatMap(Pattern.compile(":")::splitAsStream)
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, "promtool")));
        assertThat(there || System.getenv("QUORATE_REQUIRE_PROMTOOL") == null)
                .as("QUORATE_REQUIRE_PROMTOOL is set, and there is no promtool: it is in Debian's package prometheus")
                .isTrue();
        assumeTrue(there, "page and alerts are not checked without promtool, of Debian's package prometheus");
        countEverything();
        Path page = Files.writeString(folder.resolve("page"), metrics.page());

        assertThat(output(page, "promtool", "check", "metrics")).isEmpty();
        assertThat(output(page, "promtool", "check", "rules", alerts.toString()))
                .contains("SUCCESS");
    }

    private static String output(Path in, String... command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(in.toFile())
                .start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
