package org.quorate.faults;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The result of one run.
 *
 * @param seconds the length of the whole run, with its start, its quiet end and its checks
 * @param numbers by name, in the order of the report
 * @param spans by name, in the order of the report
 * @param notes further information for the reader: what was left out, which failovers took long and why
 */
record Outcome(
        long seed,
        String profile,
        double seconds,
        Map<String, Integer> faults,
        Map<String, Integer> commands,
        Map<String, Integer> skipped,
        Map<String, Long> numbers,
        Map<String, Spans> spans,
        List<String> notes,
        List<Violation> violations,
        String directory) {
    private static final ObjectMapper JSON = new ObjectMapper();

    static final String REQUESTS = "requests";
    static final String CLAIMS = "claims";
    static final String COMPLETIONS = "completions";
    static final String FENCES = "fences";
    static final String REFUSED = "refused zombie writes";
    static final String UNKNOWN = "unknown commits";

    int faultCount() {
        return faults.values().stream().mapToInt(Integer::intValue).sum();
    }

    int commandCount() {
        return commands.values().stream().mapToInt(Integer::intValue).sum();
    }

    long number(String name) {
        return numbers.getOrDefault(name, 0L);
    }

    String table() {
        StringBuilder text = new StringBuilder();
        line(text, "seed", String.valueOf(seed));
        line(text, "profile", profile);
        line(text, "seconds", String.format(Locale.ROOT, "%.0f", seconds));
        line(text, "faults", String.valueOf(faultCount()));
        faults.forEach((kind, count) -> line(text, "  " + kind, String.valueOf(count)));
        line(text, "operators' commands", String.valueOf(commandCount()));
        commands.forEach((kind, count) -> line(text, "  " + kind, String.valueOf(count)));
        numbers.forEach((name, number) -> line(text, name, String.valueOf(number)));
        spans.forEach((name, span) -> line(text, name, span.text()));
        new TreeMap<>(skipped).forEach((what, count) -> line(text, "not done", count + " x " + what));
        notes.forEach(note -> line(text, "note", note));
        violations.forEach(violation -> text.append("VIOLATION ").append(violation.text()));
        line(text, "violations", String.valueOf(violations.size()));
        if (!directory.isEmpty()) {
            line(text, "everything is kept in", directory);
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(String.format(Locale.ROOT, "%-34s %s%n", name, value));
    }

    ObjectNode json() {
        ObjectNode json = JSON.createObjectNode()
                .put("seed", seed)
                .put("profile", profile)
                .put("seconds", Math.round(seconds * 10) / 10.0)
                .put("faults", faultCount())
                .put("commands", commandCount());
        ObjectNode kinds = json.putObject("faultsByKind");
        faults.forEach(kinds::put);
        commands.forEach(kinds::put);
        ObjectNode left = json.putObject("notDone");
        skipped.forEach(left::put);
        ObjectNode counted = json.putObject("numbers");
        numbers.forEach(counted::put);
        ObjectNode lengths = json.putObject("seconds by span");
        spans.forEach((name, span) -> lengths.putObject(name)
                .put("count", span.count())
                .put("median", span.percentile(50))
                .put("p95", span.percentile(95))
                .put("most", span.most()));
        ArrayNode written = json.putArray("notes");
        notes.forEach(written::add);
        ArrayNode found = json.putArray("violations");
        violations.forEach(violation -> {
            ObjectNode one = found.addObject().put("check", violation.check()).put("what", violation.what());
            ArrayNode rows = one.putArray("evidence");
            violation.evidence().forEach(rows::add);
        });
        return json.put("directory", directory);
    }
}
