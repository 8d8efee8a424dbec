package org.quorate.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What the builds really did, from their own notes: which master started which build, and which builds ran to their
 * end.
 */
final class Effects {
    private final Map<String, Build> runs = new LinkedHashMap<>();

    /**
     * One build.
     *
     * @param end negative: the build was stopped before its end
     */
    record Build(int brid, String attempt, String master, double start, double end) {
        String key() {
            return Effects.key(brid, attempt);
        }

        boolean isWhole() {
            return end >= 0;
        }
    }

    /** Two builds of one request that ran at the same time. */
    record Overlap(int brid, String one, String other, double seconds) {}

    static Effects of(List<Machine> machines) {
        Effects effects = new Effects();
        machines.forEach(machine -> effects.read(machine.effects(), machine.name()));
        return effects;
    }

    private void read(Path file, String master) {
        try {
            if (Files.exists(file)) {
                // half a line, from a build that was killed, proves nothing
                new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                        .lines()
                        .map(line -> line.split(" "))
                        .filter(words -> words.length == 4 && words[3].matches("\\d+\\.\\d\\d"))
                        .forEach(words -> note(master, words));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void note(String master, String[] words) {
        String key = key(Integer.parseInt(words[1]), words[2]);
        double at = Double.parseDouble(words[3]);
        if (words[0].equals("start")) {
            runs.put(key, new Build(Integer.parseInt(words[1]), words[2], master, at, -1));
        } else {
            runs.computeIfPresent(key, (k, run) -> new Build(run.brid, run.attempt, run.master, run.start, at));
        }
    }

    private static String key(int brid, String attempt) {
        return brid + " " + attempt;
    }

    List<Build> all() {
        return List.copyOf(runs.values());
    }

    int begun() {
        return runs.size();
    }

    boolean hasWhole(int brid, String attempt) {
        Build run = runs.get(key(brid, attempt));
        return run != null && run.isWhole();
    }

    /**
     * Counts the buildrequests of which more than one build was started, and those of which more than one build ran to
     * its end.
     */
    int begunTwice() {
        return twice(runs.values().stream().map(Build::brid).toList());
    }

    int builtTwice() {
        return twice(
                runs.values().stream().filter(Build::isWhole).map(Build::brid).toList());
    }

    private static int twice(List<Integer> brids) {
        Map<Integer, Long> count = brids.stream().collect(Collectors.groupingBy(brid -> brid, Collectors.counting()));
        return (int) count.values().stream().filter(times -> times > 1).count();
    }

    /** Returns the builds that overlapped. Only builds with a known end are compared. */
    List<Overlap> overlaps() {
        Map<Integer, List<Build>> byRequest = new HashMap<>();
        runs.values().stream()
                .filter(Build::isWhole)
                .forEach(run -> byRequest
                        .computeIfAbsent(run.brid, brid -> new ArrayList<>())
                        .add(run));
        List<Overlap> overlaps = new ArrayList<>();
        byRequest.values().forEach(same -> {
            for (int i = 0; i < same.size(); i++) {
                for (int j = i + 1; j < same.size(); j++) {
                    double seconds =
                            Math.min(same.get(i).end, same.get(j).end) - Math.max(same.get(i).start, same.get(j).start);
                    if (seconds > 0) {
                        overlaps.add(new Overlap(same.get(i).brid, same.get(i).master, same.get(j).master, seconds));
                    }
                }
            }
        });
        return overlaps;
    }
}
