package org.quorate.faults;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongFunction;

/**
 * Runs seeds one after another. The result of each is a line of JSON beside the report, written when the run ends. The
 * report is made anew from these lines, so a campaign that was broken off goes on with the next seed. One thread.
 */
final class Campaign {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> TOTALS = List.of(
            Outcome.REQUESTS, Outcome.CLAIMS, Outcome.COMPLETIONS, Outcome.FENCES, Outcome.REFUSED, Outcome.UNKNOWN);

    private final Path report;
    private final Path lines;

    Campaign(Path report) {
        this.report = report;
        this.lines = report.resolveSibling(report.getFileName() + ".jsonl");
    }

    /** Runs the seeds that the report does not have yet. Returns how many of all seeds found a violation. */
    int run(long first, long last, LongFunction<Outcome> run) {
        for (long seed = first; seed <= last; seed++) {
            if (!has(seed)) {
                append(run.apply(seed).json());
            }
            write();
        }
        return (int) done().stream()
                .filter(each -> !each.path("violations").isEmpty())
                .count();
    }

    private boolean has(long seed) {
        return done().stream().anyMatch(each -> each.path("seed").asLong() == seed);
    }

    private List<JsonNode> done() {
        try {
            List<JsonNode> done = new ArrayList<>();
            for (String line : Files.exists(lines) ? Files.readAllLines(lines) : List.<String>of()) {
                done.add(JSON.readTree(line));
            }
            return done;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(lines + " is not whole: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void append(JsonNode outcome) {
        try {
            Files.writeString(lines, outcome + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write() {
        try {
            Files.writeString(report, markdown(done()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String markdown(List<JsonNode> runs) {
        StringBuilder text = new StringBuilder("| seed | seconds | faults | commands | ")
                .append(String.join(" | ", TOTALS))
                .append(" | fault to fence, s: median, most | with both stores in order | "
                        + "release to claim, s: median, most |"
                        + " built twice | violations |\n|")
                .append("---|".repeat(TOTALS.size() + 9))
                .append('\n');
        runs.forEach(run -> text.append(row(run)));
        text.append("| **").append(runs.size()).append("** | **").append(sum(runs, "/seconds"));
        text.append("** | **").append(sum(runs, "/faults")).append("** | **").append(sum(runs, "/commands"));
        TOTALS.forEach(total -> text.append("** | **").append(sum(runs, "/numbers/" + total)));
        text.append("** | most **").append(most(runs, "from a fault to its fence"));
        text.append("** | most **").append(most(runs, "the same, both stores in order"));
        text.append("** | most **").append(most(runs, "from a release to the next claim"));
        text.append("** | **").append(sum(runs, "/numbers/requests built twice"));
        text.append("** | **")
                .append(runs.stream()
                        .mapToInt(run -> run.path("violations").size())
                        .sum())
                .append("** |\n\n");
        text.append("| fault | times |\n|---|---|\n");
        kinds(runs)
                .forEach((kind, times) -> text.append("| ")
                        .append(kind)
                        .append(" | ")
                        .append(times)
                        .append(" |\n"));
        runs.forEach(run -> run.path("notes")
                .forEach(note -> text.append("\n- seed ")
                        .append(run.path("seed").asLong())
                        .append(": ")
                        .append(note.asText())));
        runs.forEach(run -> run.path("violations")
                .forEach(violation -> text.append("\n- **violation**, seed ")
                        .append(run.path("seed").asLong())
                        .append(": ")
                        .append(violation.path("check").asText())
                        .append(": ")
                        .append(violation.path("evidence").toString())));
        return text.append('\n').toString();
    }

    private static String row(JsonNode run) {
        StringBuilder text = new StringBuilder("| ").append(run.path("seed").asLong());
        text.append(" | ").append(Math.round(run.path("seconds").asDouble()));
        text.append(" | ").append(run.path("faults").asInt());
        text.append(" | ").append(run.path("commands").asInt());
        TOTALS.forEach(total ->
                text.append(" | ").append(run.path("numbers").path(total).asLong()));
        text.append(" | ").append(span(run, "from a fault to its fence"));
        text.append(" | ").append(span(run, "the same, both stores in order"));
        text.append(" | ").append(span(run, "from a release to the next claim"));
        text.append(" | ")
                .append(run.path("numbers").path("requests built twice").asLong());
        return text.append(" | ")
                .append(run.path("violations").size())
                .append(" |\n")
                .toString();
    }

    private static String span(JsonNode run, String name) {
        JsonNode span = run.path("seconds by span").path(name);
        return String.format(
                Locale.ROOT,
                "%.1f, %.1f",
                span.path("median").asDouble(),
                span.path("most").asDouble());
    }

    private static String most(List<JsonNode> runs, String span) {
        return String.format(
                Locale.ROOT,
                "%.1f",
                runs.stream()
                        .mapToDouble(run -> run.path("seconds by span")
                                .path(span)
                                .path("most")
                                .asDouble())
                        .max()
                        .orElse(0));
    }

    private static long sum(List<JsonNode> runs, String pointer) {
        return Math.round(
                runs.stream().mapToDouble(run -> run.at(pointer).asDouble()).sum());
    }

    private static Map<String, Integer> kinds(List<JsonNode> runs) {
        Map<String, Integer> kinds = new TreeMap<>();
        runs.forEach(run -> run.path("faultsByKind")
                .properties()
                .forEach(each -> kinds.merge(each.getKey(), each.getValue().asInt(), Integer::sum)));
        return kinds;
    }
}
