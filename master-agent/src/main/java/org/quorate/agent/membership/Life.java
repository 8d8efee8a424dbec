package org.quorate.agent.membership;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.quorate.agent.supervision.ProcessIdentity;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of an agent process, stored so that the next run can check whether this one has ended. A process id means
 * nothing on another machine, after a boot, or in another container; there the check is impossible. It is impossible
 * for another user too, since that user's processes may be hidden ({@code hidepid}, {@code ProtectProc}) and would seem
 * to have ended. Linux only: it reads {@code /proc}.
 *
 * @param place the boot of the machine, the name space in which process ids are counted, and the user; empty: unknown
 */
public record Life(String place, ProcessIdentity process) {
    private static final Logger LOG = LoggerFactory.getLogger(Life.class);

    /** Returns the life of this process. */
    public static Life current() {
        return current(Path.of("/proc"));
    }

    /**
     * Returns the life of this process. Logs a warning if its place cannot be read.
     *
     * @param proc where the kernel's proc file system is mounted
     */
    static Life current(Path proc) {
        long pid = ProcessHandle.current().pid();
        return new Life(here(proc), ProcessIdentity.of(pid).orElse(new ProcessIdentity(pid, Long.MIN_VALUE)));
    }

    private static String here(Path proc) {
        try {
            return Files.readString(proc.resolve("sys/kernel/random/boot_id")).strip() + "/"
                    + Files.readSymbolicLink(proc.resolve("self/ns/pid")) + "/"
                    + Files.getAttribute(proc.resolve("self"), "unix:uid");
        } catch (IOException e) {
            LOG.warn(
                    "this machine's boot cannot be read ({}): if this agent dies, the next one begins a new epoch"
                            + " and all running builds are repeated. Let the agent read {}: no ProcSubset=pid in its"
                            + " systemd unit, no mask over it in its container",
                    e.toString(),
                    proc.resolve("sys"));
            return "";
        }
    }

    /** Returns whether a later life on this machine can see that this one has ended. */
    public boolean isPlaceKnown() {
        return !place.isEmpty();
    }

    /** Returns whether this life has certainly ended, as far as the other life can see. */
    boolean hasEndedFor(Life other) {
        return isPlaceKnown() && place.equals(other.place) && !process.isAlive();
    }

    String text() {
        return place + " " + process.pid() + " " + process.startTicks();
    }

    /** Reads what {@link #text} wrote; empty if the text has another form. */
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
