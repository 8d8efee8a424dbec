package org.quorate.agent.status;

import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What stands at each path. Thread-safe, knows nothing of HTTP but paths and codes. */
final class Pages {
    private static final String KNOWN = "/livez /readyz /leader /drainz /status /metrics";

    private final Supplier<AgentSnapshot> picture;
    private final Supplier<String> metrics;

    Pages(Supplier<AgentSnapshot> picture, Supplier<String> metrics) {
        this.picture = picture;
        this.metrics = metrics;
    }

    Answer at(URI uri) {
        return switch (String.valueOf(uri.getPath())) {
            case "/livez" -> live(picture.get());
            case "/readyz" -> ready(picture.get());
            case "/leader" -> leader(picture.get(), uri);
            case "/drainz" -> drained(picture.get());
            case "/status" -> new Answer(200, "application/json", SnapshotJson.of(picture.get()));
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

    /** A broken escape stands for itself: no scheduler has that name. */
    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return text;
        }
    }
}
