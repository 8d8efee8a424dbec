package org.quorate.agent.status;

import com.codahale.metrics.Counting;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.Histogram;
import com.codahale.metrics.Metric;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Snapshot;
import com.codahale.metrics.Timer;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Writes a registry as Prometheus' text format 0.0.4. A metric's name is its family's, with the labels behind it as
 * Prometheus writes them: {@code claims_total{result="won"}}. Timers come out as summaries in seconds.
 */
public final class PrometheusText {
    static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final double NANOS_A_SECOND = 1e9;
    private static final double[] QUANTILES = {0.5, 0.75, 0.95, 0.99, 0.999};

    private final Map<String, Family> families = new TreeMap<>();

    /** All samples of one name: the format wants them together, under one type. */
    private record Family(String type, StringBuilder samples) {}

    private PrometheusText() {}

    /** The whole page. A gauge that is no number, or that fails, is left out. */
    static String of(MetricRegistry registry, Map<String, String> help) {
        PrometheusText text = new PrometheusText();
        new TreeMap<>(registry.getMetrics()).forEach(text::add);
        StringBuilder page = new StringBuilder();
        text.families.forEach((name, family) -> {
            Optional.ofNullable(help.get(name))
                    .ifPresent(sentence -> page.append("# HELP ")
                            .append(name)
                            .append(' ')
                            .append(sentence.replace("\\", "\\\\").replace("\n", "\\n"))
                            .append('\n'));
            page.append("# TYPE ")
                    .append(name)
                    .append(' ')
                    .append(family.type())
                    .append('\n');
            page.append(family.samples());
        });
        return page.toString();
    }

    private void add(String registered, Metric metric) {
        int brace = registered.indexOf('{');
        String family = sanitized(brace < 0 ? registered : registered.substring(0, brace));
        String labels = brace < 0 ? "" : registered.substring(brace + 1, registered.length() - 1);
        if (metric instanceof Gauge<?> gauge) {
            number(gauge).ifPresent(value -> sample(family, "gauge", family, labels, value));
        } else if (metric instanceof Timer timer) {
            summary(family, labels, timer.getSnapshot(), timer.getCount(), NANOS_A_SECOND);
        } else if (metric instanceof Histogram histogram) {
            summary(family, labels, histogram.getSnapshot(), histogram.getCount(), 1);
        } else if (metric instanceof Counting counting) {
            String type = family.endsWith("_total") ? "counter" : "gauge";
            sample(family, type, family, labels, (double) counting.getCount());
        }
    }

    private void summary(String family, String labels, Snapshot snapshot, long count, double divisor) {
        for (double quantile : QUANTILES) {
            String more = (labels.isEmpty() ? "" : labels + ",") + "quantile=\"" + quantile + "\"";
            sample(family, "summary", family, more, snapshot.getValue(quantile) / divisor);
        }
        sample(family, "summary", family + "_count", labels, (double) count);
    }

    /** A second type under one name would make the page unreadable: the first one stays. */
    private void sample(String family, String type, String name, String labels, double value) {
        Family known = families.computeIfAbsent(family, unused -> new Family(type, new StringBuilder()));
        if (known.type().equals(type)) {
            known.samples().append(name);
            if (!labels.isEmpty()) {
                known.samples().append('{').append(labels).append('}');
            }
            known.samples().append(' ').append(shown(value)).append('\n');
        }
    }

    private static Optional<Double> number(Gauge<?> gauge) {
        try {
            Object value = gauge.getValue();
            if (value instanceof Boolean flag) {
                return Optional.of(flag ? 1.0 : 0.0);
            }
            return value instanceof Number number ? Optional.of(number.doubleValue()) : Optional.empty();
        } catch (RuntimeException e) {
            return Optional.empty(); // one broken gauge must not hide the others
        }
    }

    /** Integers without a fraction, so that large counts keep all their digits. */
    private static String shown(double value) {
        if (Double.isInfinite(value)) {
            return value > 0 ? "+Inf" : "-Inf";
        }
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    private static String sanitized(String name) {
        String clean = name.replaceAll("[^a-zA-Z0-9_:]", "_");
        return clean.isEmpty() || Character.isDigit(clean.charAt(0)) ? "_" + clean : clean;
    }
}
