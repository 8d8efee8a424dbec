package org.quorate.agent.metrics;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Converts the counters and gauges of a Dropwizard registry to Prometheus' families, each with one help text and
 * several labels; {@link #named} makes the names. Prometheus' own bridge would make a separate family of each label,
 * with its own help text. Timers and histograms are left out: their quantiles cannot be added over agents. Thread-safe.
 */
final class DropwizardFamilies implements MultiCollector {
    private final MetricRegistry registry;
    private final Map<String, String> help;

    DropwizardFamilies(MetricRegistry registry, Map<String, String> help) {
        this.registry = registry;
        this.help = help;
    }

    /** Returns a name with one label: {@code claims_total{result="won"}}. */
    static String named(String family, String label, String value) {
        return family + "{" + label + "=\"" + value + "\"}";
    }

    /** Leaves out a gauge that is not a number or that fails. A counter that can fall becomes a gauge. */
    @Override
    public MetricSnapshots collect() {
        Map<String, CounterSnapshot.Builder> counters = new TreeMap<>();
        Map<String, GaugeSnapshot.Builder> gauges = new TreeMap<>();
        registry.getCounters().forEach((name, counter) -> {
            if (family(name).endsWith("_total")) {
                counters.computeIfAbsent(
                                family(name),
                                family -> CounterSnapshot.builder().name(family).help(help.get(family)))
                        .dataPoint(CounterDataPointSnapshot.builder()
                                .value((double) counter.getCount())
                                .labels(labels(name))
                                .build());
            } else {
                add(gauges, name, (double) counter.getCount());
            }
        });
        registry.getGauges().forEach((name, gauge) -> number(gauge).ifPresent(value -> add(gauges, name, value)));

        MetricSnapshots.Builder all = MetricSnapshots.builder();
        counters.values().forEach(counter -> all.metricSnapshot(counter.build()));
        gauges.values().forEach(gauge -> all.metricSnapshot(gauge.build()));
        return all.build();
    }

    private void add(Map<String, GaugeSnapshot.Builder> gauges, String name, double value) {
        gauges.computeIfAbsent(
                        family(name),
                        family -> GaugeSnapshot.builder().name(family).help(help.get(family)))
                .dataPoint(GaugeDataPointSnapshot.builder()
                        .value(value)
                        .labels(labels(name))
                        .build());
    }

    private static String family(String name) {
        int brace = name.indexOf('{');
        return brace < 0 ? name : name.substring(0, brace);
    }

    private static Labels labels(String name) {
        int brace = name.indexOf('{');
        int equals = name.indexOf('=', brace);
        return brace < 0
                ? Labels.EMPTY
                : Labels.of(name.substring(brace + 1, equals), name.substring(equals + 2, name.length() - 2));
    }

    private static Optional<Double> number(Gauge<?> gauge) {
        try {
            return gauge.getValue() instanceof Number number ? Optional.of(number.doubleValue()) : Optional.empty();
        } catch (RuntimeException e) {
            return Optional.empty(); // one broken gauge must not hide the others
        }
    }
}
