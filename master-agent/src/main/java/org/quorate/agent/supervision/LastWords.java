package org.quorate.agent.supervision;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The last lines that a buildmaster wrote into its logs since it was started: its output, and the {@code twistd.log} of
 * a Buildbot. Immutable.
 */
final class LastWords {
    private static final int LINES = 20;
    private static final int LINE_LENGTH = 200;
    private static final int BYTES = 16 * 1024;
    /** The date and the system before each line of a log of Twisted. */
    private static final Pattern STAMP = Pattern.compile("^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\S* \\[[^]]*] ?");
    /** The lines with which Buildbot and twistd end, whatever the cause. */
    private static final Pattern CLOSING = Pattern.compile(
            "Halting master\\.|BuildMaster startup failed|BuildMaster is stopped|Main loop terminated\\."
                    + "|Server Shut Down\\.|Got SIG\\w+.*");

    private static final Pattern CAUSE =
            Pattern.compile("[\\w.]*(Error|Exception)\\b.*|.*\\b(error|fatal|cannot)\\b.*");

    private final Map<Path, Long> sizes = new LinkedHashMap<>();

    /** Notes where the logs end now: what is there already was written by an earlier process. */
    LastWords(List<Path> logs) {
        logs.forEach(log -> sizes.put(log, size(log)));
    }

    private static long size(Path log) {
        try {
            return Files.size(log);
        } catch (IOException e) {
            return 0;
        }
    }

    /** Returns the last lines since then, without Twisted's dates; those of the last log last. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        sizes.forEach((log, size) -> lines.addAll(lines(log, size)));
        return List.copyOf(lines.subList(Math.max(0, lines.size() - LINES), lines.size()));
    }

    private static List<String> lines(Path log, long since) {
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            // a log that is shorter now was rotated
            long from = Math.max(since <= file.length() ? since : 0, file.length() - BYTES);
            byte[] bytes = new byte[(int) (file.length() - from)];
            file.seek(from);
            file.readFully(bytes);
            return new String(bytes, StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> STAMP.matcher(line).replaceFirst("").stripTrailing())
                    .filter(line -> !line.isBlank())
                    .map(line -> line.length() > LINE_LENGTH ? line.substring(0, LINE_LENGTH) + "…" : line)
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** Returns the line that most likely names the cause; empty if nothing was written. */
    static String cause(List<String> lines) {
        int errors = lines.lastIndexOf("Configuration Errors:");
        String named = "";
        String last = "";
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (CLOSING.matcher(line).matches()) {
                continue;
            }
            if (errors >= 0 ? i == errors + 1 : CAUSE.matcher(line).matches()) {
                named = line;
            }
            last = line;
        }
        return named.isEmpty() ? last : named;
    }
}
