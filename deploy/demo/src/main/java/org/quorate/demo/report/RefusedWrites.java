package org.quorate.demo.report;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Counts the writes that the database refused to running agents because their epoch had ended, from the agents'
 * metrics.
 */
public final class RefusedWrites {
    private static final Pattern COUNTER = Pattern.compile(
            "(?m)^quorate_(?:writes_)?(?:refused|fenced)(?:_writes)?(?:_total)?(?:\\{[^}]*\\})? ([0-9.eE+]+)$");
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private RefusedWrites() {}

    /** An agent that does not answer counts as none. */
    public static int countedBy(List<Integer> ports) {
        HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
        return ports.stream().mapToInt(port -> counted(client, port)).sum();
    }

    private static int counted(HttpClient client, int port) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                .timeout(PATIENCE)
                .build();
        try {
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() == 200 ? in(answer.body()) : 0;
        } catch (IOException e) {
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }

    static int in(String metrics) {
        Matcher matcher = COUNTER.matcher(metrics);
        double sum = 0;
        while (matcher.find()) {
            sum += Double.parseDouble(matcher.group(1));
        }
        return (int) sum;
    }
}
