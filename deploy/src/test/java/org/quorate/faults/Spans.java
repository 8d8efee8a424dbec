package org.quorate.faults;

import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** Lengths of time, in seconds, in order. */
record Spans(List<Double> seconds) {
    Spans {
        seconds = seconds.stream().sorted().toList();
    }

    static Spans of(Collection<Double> seconds) {
        return new Spans(List.copyOf(seconds));
    }

    int count() {
        return seconds.size();
    }

    double percentile(int percent) {
        return seconds.isEmpty() ? 0 : seconds.get(Math.min(count() - 1, count() * percent / 100));
    }

    double most() {
        return seconds.isEmpty() ? 0 : seconds.get(count() - 1);
    }

    String text() {
        return count() == 0
                ? "none"
                : String.format(
                        Locale.ROOT,
                        "%d: median %.1f s, 95 %% %.1f s, most %.1f s",
                        count(),
                        percentile(50),
                        percentile(95),
                        most());
    }
}
