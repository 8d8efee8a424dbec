package org.quorate.faults;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The agents' counters, read every second and summed over restarts, as Prometheus does. What an agent counted in the
 * last second before it was killed is missed. One thread; call {@link #of} after it has ended.
 */
final class Meters implements Runnable {
    private static final Pattern LINE = Pattern.compile("(?m)^(quorate_[a-z_]+_total(?:\\{[^}]*})?) ([0-9.E]+)$");
    private static final String LOOKED_UP = "looking up what became of turn";

    private final List<Machine> machines;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofMillis(300)).build();
    private final Map<String, Double> last = new HashMap<>();
    private final Map<String, Double> sums = new HashMap<>();
    private volatile boolean stopped;

    Meters(List<Machine> machines) {
        this.machines = machines;
    }

    void stop() {
        stopped = true;
    }

    @Override
    public void run() {
        while (!stopped) {
            machines.forEach(this::look);
            Pause.millis(1000);
        }
        machines.forEach(this::look);
    }

    private void look(Machine machine) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + machine.httpAddress() + "/metrics"))
                .timeout(Duration.ofMillis(500))
                .build();
        try {
            Matcher lines = LINE.matcher(
                    http.send(request, HttpResponse.BodyHandlers.ofString()).body());
            while (lines.find()) {
                add(machine.name() + " " + lines.group(1), lines.group(1), Double.parseDouble(lines.group(2)));
            }
        } catch (IOException e) {
            return; // the agent is frozen or not running
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A counter that got smaller has started again from 0. */
    private void add(String series, String family, double value) {
        double before = last.getOrDefault(series, 0.0);
        sums.merge(family, value >= before ? value - before : value, Double::sum);
        last.put(series, value);
    }

    long of(String family) {
        return Math.round(sums.getOrDefault(family, 0.0));
    }

    /** Counts the commits whose outcome an agent had to look up: each is a line of its log. */
    static long unknownCommits(List<Machine> machines) {
        return machines.stream()
                .mapToLong(machine -> lines(machine.log(), LOOKED_UP))
                .sum();
    }

    static long lines(Path log, String with) {
        try {
            return new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> line.contains(with))
                    .count();
        } catch (IOException e) {
            return 0;
        }
    }
}
