package org.quorate.agent.status;

import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The content of each path. Thread-safe; of HTTP it knows only paths and status codes. */
final class Pages {
    private static final String KNOWN = "/livez /readyz /leader /drainz /status /metrics";

    private final Supplier<AgentSnapshot> snapshots;
    private final Supplier<String> metrics;

    Pages(Supplier<AgentSnapshot> snapshots, Supplier<String> metrics) {
        this.snapshots = snapshots;
        this.metrics = metrics;
    }

    Answer at(URI uri) {
        return switch (String.valueOf(uri.getPath())) {
            case "/livez" -> live(snapshots.get());
            case "/readyz" -> ready(snapshots.get());
            case "/leader" -> leader(snapshots.get(), uri);
            case "/drainz" -> drained(snapshots.get());
            case "/status" -> new Answer(200, "application/json", SnapshotJson.of(snapshots.get()));
            case "/metrics" -> new Answer(200, PrometheusTextFormatWriter.CONTENT_TYPE, metrics.get());
            default -> Answer.text(404, "not here; there is: " + KNOWN);
        };
    }

    private static Answer live(AgentSnapshot now) {
        return now.late().isEmpty()
                ? Answer.text(200, "alive")
                : Answer.text(503, now.late().stream().map(Pages::late).collect(Collectors.joining("; ")));
    }

    private static String late(AgentSnapshot.Pulse pulse) {
        return "loop " + pulse.loop() + " took its last step " + pulse.age().toMillis() + " ms ago, its period is "
                + pulse.period().toMillis() + " ms";
    }

    private static Answer ready(AgentSnapshot now) {
        String verdict = now.isReady() ? "ready" : now.reason().orElse("this master does not trust itself now");
        return Answer.verdict(now.isReady(), verdict + ", mode " + now.mode().word());
    }

    private static Answer leader(AgentSnapshot now, URI uri) {
        Optional<String> scheduler = parameter(uri, "scheduler");
        if (scheduler.isEmpty()) {
            return Answer.verdict(
                    now.isLeader(), now.master() + (now.isLeader() ? " is" : " is not") + " the housekeeper");
        }
        boolean owns = now.owns(scheduler.get());
        return Answer.verdict(owns, now.master() + (owns ? " owns " : " does not own ") + scheduler.get());
    }

    private static Answer drained(AgentSnapshot now) {
        boolean drained = now.draining() && now.held() == 0;
        return Answer.verdict(
                drained,
                drained
                        ? "drained"
                        : (now.draining() ? "draining" : "not draining") + ", " + now.held() + " claims held");
    }

    private static Optional<String> parameter(URI uri, String name) {
        String query = uri.getRawQuery();
        return query == null
                ? Optional.empty()
                : Stream.of(query.split("&", -1))
                        .filter(pair -> pair.startsWith(name + "="))
                        .map(pair -> decoded(pair.substring(name.length() + 1)))
                        .findFirst();
    }

    /** Decodes an escaped text; returns a broken escape unchanged, since no scheduler has that name. */
    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return text;
        }
    }
}
