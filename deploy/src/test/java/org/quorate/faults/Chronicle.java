package org.quorate.faults;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** What the nemesis did, and when: in memory, and as JSON lines in {@code nemesis.jsonl}. Thread-safe. */
final class Chronicle {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final long beganNanos = System.nanoTime();
    private final Map<Integer, Deed> deeds = new ConcurrentHashMap<>();
    private final Map<String, Integer> skipped = new ConcurrentHashMap<>();

    Chronicle(Path file) {
        this.file = file;
    }

    /** One fault that was done. {@code ended} is {@link Instant#MAX} while it lasts. */
    record Deed(Fault fault, Instant began, Instant ended) {
        boolean overlaps(Instant from, Instant to) {
            return began.isBefore(to) && ended.isAfter(from);
        }
    }

    double seconds() {
        return (System.nanoTime() - beganNanos) / 1e9;
    }

    void began(Fault fault) {
        deeds.put(fault.number(), new Deed(fault, Instant.now(), Instant.MAX));
        write(fault, "begins", "");
    }

    void ended(Fault fault) {
        deeds.computeIfPresent(fault.number(), (number, deed) -> new Deed(fault, deed.began(), Instant.now()));
        write(fault, "ends", "");
    }

    /** Notes that a fault could not be done; it is not counted. */
    void skipped(Fault fault, String why) {
        deeds.remove(fault.number());
        skipped.merge(fault.kind().word() + ": " + why, 1, Integer::sum);
        write(fault, "skipped", why);
    }

    private synchronized void write(Fault fault, String what, String why) {
        ObjectNode line = JSON.createObjectNode()
                .put("at", Math.round(seconds() * 1000) / 1000.0)
                .put("time", Instant.now().toString())
                .put("number", fault.number())
                .put("kind", fault.kind().word())
                .put("target", fault.target())
                .put("victim", fault.victim())
                .put("lasts", fault.lastsMillis() / 1000.0)
                .put("what", what);
        if (!why.isEmpty()) {
            line.put("why", why);
        }
        try {
            Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<Deed> deeds() {
        List<Deed> all = new ArrayList<>(deeds.values());
        all.sort((a, b) -> a.began().compareTo(b.began()));
        return all;
    }

    Map<String, Integer> skipped() {
        return new TreeMap<>(skipped);
    }

    /** Counts how often each kind was done: either the commands of operators, or everything else. */
    Map<String, Integer> byKind(boolean commands) {
        return deeds().stream()
                .filter(deed -> deed.fault().kind().isCommand() == commands)
                .collect(Collectors.toMap(deed -> deed.fault().kind().word(), deed -> 1, Integer::sum, TreeMap::new));
    }
}
