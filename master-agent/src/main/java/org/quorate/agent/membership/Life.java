package org.quorate.agent.membership;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.quorate.agent.supervision.ProcessIdentity;

/**
 * One life of an agent process, remembered so that the next one knows whether it has ended. Its process id alone says nothing
 * on another machine, after a boot, or in another container, and there this cannot be known. Linux only: it reads
 * {@code /proc}.
 *
 * @param place the boot of the machine, and the name space in which process ids are counted
 */
public record Life(String place, ProcessIdentity process) {
    /** Of this process. */
    public static Life current() {
        long pid = ProcessHandle.current().pid();
        return new Life(here(), ProcessIdentity.of(pid).orElse(new ProcessIdentity(pid, Long.MIN_VALUE)));
    }

    private static String here() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip() + "/"
                    + Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
        } catch (IOException e) {
            return "";
        }
    }

    /** Whether this life has certainly ended, as the other one can see. */
    boolean hasEndedFor(Life other) {
        return !place.isEmpty() && place.equals(other.place) && !process.isAlive();
    }

    String text() {
        return place + " " + process.pid() + " " + process.startTicks();
    }

    /** What {@link #text} wrote; empty if it is something else. */
    static Optional<Life> of(String text) {
        String[] words = text.split(" ", -1);
        try {
            return words.length == 3
                    ? Optional.of(
                            new Life(words[0], new ProcessIdentity(Long.parseLong(words[1]), Long.parseLong(words[2]))))
                    : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
