package org.quorate.demo.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The builds that really ran, from the buildmasters' effect logs: apart from the database, the only record of a build.
 *
 * @param started builds that were started
 * @param results attempt and buildrequest to the results with which a build of it ended
 */
record Effects(int started, Map<String, Integer> results) {
    private static final ObjectMapper JSON = new ObjectMapper();

    Effects {
        results = Map.copyOf(results);
    }

    /** The last line may be incomplete if the buildmaster was killed; then it proves nothing. */
    static Effects read(List<Path> logs) {
        int started = 0;
        Map<String, Integer> results = new HashMap<>();
        for (Path log : logs) {
            for (String line : lines(log)) {
                JsonNode event = parsed(line);
                if (event.path("event").asText().equals("start")) {
                    started++;
                } else if (event.path("results").isInt()) {
                    results.put(
                            key(
                                    event.path("brid").asInt(),
                                    event.path("attempt").asText()),
                            event.path("results").asInt());
                }
            }
        }
        return new Effects(started, results);
    }

    private static JsonNode parsed(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance();
        }
    }

    private static List<String> lines(Path log) {
        try {
            return Files.exists(log) ? Files.readAllLines(log) : List.of();
        } catch (IOException e) {
            throw new DemoFailed("the effect log " + log + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Returns whether a build of this attempt ended with these results. */
    boolean explain(int brid, String attempt, int ended) {
        Integer found = results.get(key(brid, attempt));
        return found != null && found == ended;
    }

    private static String key(int brid, String attempt) {
        return brid + " " + attempt;
    }
}
