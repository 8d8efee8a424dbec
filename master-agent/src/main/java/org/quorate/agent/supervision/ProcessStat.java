package org.quorate.agent.supervision;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The fields of {@code /proc/<pid>/stat} that are used here; see proc(5). */
record ProcessStat(long pid, char state, long group, long flags, long startTicks) {
    private static final long KERNEL_THREAD = 0x0020_0000;

    static Optional<ProcessStat> of(long pid) {
        try {
            // the command, in parentheses, may contain anything, so the fields are counted from the last parenthesis
            String line = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
            String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
            return Optional.of(new ProcessStat(
                    pid,
                    fields[0].charAt(0),
                    Long.parseLong(fields[2]),
                    Long.parseLong(fields[6]),
                    Long.parseLong(fields[19])));
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
    }

    /** Returns whether the process itself handles this signal; see SigCgt in proc(5). */
    static boolean handles(long pid, int signal) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status"), StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.startsWith("SigCgt:"))
                    .map(line -> Long.parseUnsignedLong(
                            line.substring("SigCgt:".length()).strip(), 16))
                    .anyMatch(caught -> (caught >>> (signal - 1) & 1) == 1);
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }

    /** Returns false for a zombie, of which only the exit status is left. */
    boolean isAlive() {
        return state != 'Z' && state != 'X';
    }

    boolean isKernelThread() {
        return (flags & KERNEL_THREAD) != 0;
    }
}
