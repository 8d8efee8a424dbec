package org.quorate.agent.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.quorate.agent.metrics.Metrics;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.quorate.claim.Turn;

class PrometheusTextTest {
    private static final Pattern NAME = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*");
    private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)\\})? (\\S+)");
    private static final Pattern LABEL =
            Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\\\n]|\\\\[\\\\\"n])*)\"(,|$)");

    /** Reads the format as its page defines it, and refuses everything else. Samples by name and labels. */
    private static Map<String, Double> parse(String page) {
        assertThat(page).endsWith("\n");
        Map<String, Double> samples = new HashMap<>();
        Map<String, String> types = new HashMap<>();
        Set<String> helped = new HashSet<>();
        List<String> order = new ArrayList<>();
        for (String line : page.split("\n")) {
            if (line.startsWith("# HELP ")) {
                String[] words = line.split(" ", 4);
                assertThat(words).as(line).hasSize(4);
                assertThat(helped.add(words[2])).as("second HELP: %s", line).isTrue();
                assertThat(types).as("HELP after TYPE: %s", line).doesNotContainKey(words[2]);
            } else if (line.startsWith("# TYPE ")) {
                String[] words = line.split(" ", -1);
                assertThat(words).as(line).hasSize(4);
                assertThat(NAME.matcher(words[2]).matches()).as(line).isTrue();
                assertThat(words[3]).isIn("counter", "gauge", "summary");
                assertThat(types.put(words[2], words[3]))
                        .as("second TYPE: %s", line)
                        .isNull();
                order.add(words[2]);
            } else {
                Matcher sample = SAMPLE.matcher(line);
                assertThat(sample.matches()).as(line).isTrue();
                String family = order.get(order.size() - 1);
                assertThat(sample.group(1)).as("belongs to %s", family).isIn(family, family + "_count");
                assertThat(samples.put(line.substring(0, line.lastIndexOf(' ')), value(sample.group(3))))
                        .as("twice: %s", line)
                        .isNull();
                labels(sample.group(2));
            }
        }
        return samples;
    }

    private static void labels(String labels) {
        if (labels == null) {
            return;
        }
        Matcher label = LABEL.matcher(labels);
        int end = 0;
        while (label.find()) {
            assertThat(label.start()).as(labels).isEqualTo(end);
            end = label.end();
        }
        assertThat(end).as(labels).isEqualTo(labels.length());
    }

    private static double value(String text) {
        return switch (text) {
            case "+Inf" -> Double.POSITIVE_INFINITY;
            case "-Inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
        };
    }

    private enum Kind {
        COMMITTED,
        ALREADY
    }

    private static Turn.Outcome outcome(int claimed, int completed) {
        List<Claim> claims = new ArrayList<>();
        for (int i = 0; i < claimed; i++) {
            claims.add(new Claim(new Attempt(i, UUID.randomUUID()), 1, "b", 1, 0, 0, "{}"));
        }
        return new Turn.Outcome(java.util.Collections.nCopies(completed, 1), List.of(5), claims, false);
    }

    @Test
    void what_the_agent_tells_is_what_the_page_shows() {
        MetricRegistry registry = new MetricRegistry();
        Metrics metrics = new Metrics(registry);
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
        metrics.workerDialled(false);
        metrics.workerAttached("m2");
        metrics.workerAttached("m2");
        metrics.workerDetached("m2");
        metrics.workerTurnedAway("unreachable");
        metrics.show(Pictures::good);
        metrics.showJvm();

        Map<String, Double> samples = parse(PrometheusText.of(registry, Metrics.HELP));

        assertThat(samples)
                .containsEntry("quorate_claims_total", 3.0)
                .containsEntry("quorate_completions_total{result=\"accepted\"}", 2.0)
                .containsEntry("quorate_completions_total{result=\"refused\"}", 1.0)
                .containsEntry("quorate_releases_total", 2.0)
                .containsEntry("quorate_turn_seconds{quantile=\"0.5\"}", 0.25)
                .containsEntry("quorate_turn_seconds_count", 2.0)
                .containsEntry("quorate_turn_claims{quantile=\"0.99\"}", 3.0)
                .containsEntry("quorate_turn_claims_count", 1.0)
                .containsEntry("quorate_ticks_total{state=\"committed\"}", 1.0)
                .containsEntry("quorate_ticks_total{state=\"already\"}", 2.0)
                .containsEntry("quorate_gateway_connects_total{result=\"failed\"}", 1.0)
                .containsEntry("quorate_gateway_workers{master=\"m2\"}", 1.0)
                .containsEntry("quorate_gateway_refusals_total{reason=\"unreachable\"}", 1.0)
                .containsEntry("quorate_trust_remaining_seconds", 3.5)
                .containsEntry("quorate_mode{mode=\"normal\"}", 1.0)
                .containsEntry("quorate_mode{mode=\"alone\"}", 0.0)
                .containsEntry("quorate_claims_held", 3.0)
                .containsEntry("quorate_spooled_completions", 2.0)
                .containsEntry("quorate_spool_bytes", 386.0)
                .containsEntry("quorate_schedulers_owned", 1.0)
                .containsEntry("quorate_epoch", 41.0)
                .containsKey("jvm_memory_heap_used");
    }

    @Test
    void every_family_of_ours_has_a_sentence_and_every_sentence_a_family() {
        MetricRegistry registry = new MetricRegistry();
        Metrics metrics = new Metrics(registry);
        metrics.show(Pictures::good);
        metrics.ticked(Kind.COMMITTED);
        metrics.failedOver(Kind.COMMITTED);
        metrics.workerDialled(true);
        metrics.workerAttached("m1");
        metrics.workerTurnedAway("full");

        Set<String> families = new HashSet<>();
        registry.getNames().forEach(name -> families.add(name.replaceAll("\\{.*", "")));

        assertThat(families).isEqualTo(Metrics.HELP.keySet());
    }

    @Test
    void a_hostile_name_or_value_cannot_break_the_page() {
        MetricRegistry registry = new MetricRegistry();
        registry.counter(Metrics.named("a_total", "name", "x\"y\\z\nw}")).inc();
        registry.counter("9 lives-of.a cat").inc(2);
        registry.registerGauge("a_total", (Gauge<Integer>) () -> 1);
        registry.registerGauge("nan", (Gauge<Double>) () -> Double.NaN);
        registry.registerGauge("infinite", (Gauge<Double>) () -> Double.NEGATIVE_INFINITY);
        registry.registerGauge("flag", (Gauge<Boolean>) () -> true);
        registry.registerGauge("words", (Gauge<String>) () -> "no number");
        registry.registerGauge("large", (Gauge<Long>) () -> 123_456_789_012L);
        registry.registerGauge("broken", (Gauge<Integer>) () -> {
            throw new IllegalStateException("broken");
        });

        Map<String, Double> samples = parse(PrometheusText.of(registry, Map.of("nan", "not\na \\number")));

        assertThat(samples)
                .containsEntry("_9_lives_of_a_cat", 2.0)
                .containsEntry("infinite", Double.NEGATIVE_INFINITY)
                .containsEntry("flag", 1.0)
                .containsEntry("large", 123_456_789_012.0)
                .containsKey("nan")
                .doesNotContainKeys("words", "broken");
    }

    @Test
    void the_same_metrics_are_seen_over_jmx_until_closed() throws Exception {
        MetricRegistry registry = new MetricRegistry();
        Metrics metrics = new Metrics(registry);
        ObjectName ours = new ObjectName("org.quorate:*");

        try (AutoCloseable jmx = metrics.jmx()) {
            assertThat(jmx).isNotNull();
            assertThat(ManagementFactory.getPlatformMBeanServer().queryNames(ours, null))
                    .hasSameSizeAs(registry.getNames());
        }

        assertThat(ManagementFactory.getPlatformMBeanServer().queryNames(ours, null))
                .isEmpty();
    }

    @Test
    void the_parser_of_this_test_is_strict() {
        for (String bad : List.of(
                "# TYPE a counter\na{b=c} 1\n",
                "# TYPE a counter\na{b=\"c\"x} 1\n",
                "# TYPE a counter\nb 1\n",
                "# TYPE a-b counter\n")) {
            try {
                parse(bad);
            } catch (AssertionError expected) {
                continue;
            }
            fail("accepted: " + bad);
        }
    }
}
