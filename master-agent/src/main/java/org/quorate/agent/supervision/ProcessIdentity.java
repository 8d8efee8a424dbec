package org.quorate.agent.supervision;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * The identity of a process: its id with its start time, so that a later process with the same id is not taken for it.
 *
 * @param startTicks field 22 of {@code /proc/<pid>/stat}: clock ticks since the machine started
 */
public record ProcessIdentity(long pid, long startTicks) {
    /** Returns the process that has this id now; empty if there is none, or if only its exit status is left. */
    public static Optional<ProcessIdentity> of(long pid) {
        return ProcessStat.of(pid)
                .filter(ProcessStat::isAlive)
                .map(stat -> new ProcessIdentity(pid, stat.startTicks()));
    }

    public boolean isAlive() {
        return of(pid).equals(Optional.of(this));
    }

    /** Reads what {@link #write} wrote; empty if the file is missing or has another form. */
    static Optional<ProcessIdentity> read(Path file) {
        try {
            String[] numbers = Files.readString(file).trim().split(" ", -1);
            return numbers.length == 2
                    ? Optional.of(new ProcessIdentity(Long.parseLong(numbers[0]), Long.parseLong(numbers[1])))
                    : Optional.empty();
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Replaces the file in one step. */
    void write(Path file) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.write(fresh, (pid + " " + startTicks + "\n").getBytes(StandardCharsets.US_ASCII));
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
