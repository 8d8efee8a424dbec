package org.quorate.agent.supervision;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Buildbot's own pid file: by it the commands {@code buildbot reconfig}, {@code stop} and {@code restart} find the
 * buildmaster, {@code start} refuses to start a second one, and {@code upgrade-master} refuses while it runs. The agent
 * writes it where the command of the buildmaster has the option {@code --pidfile=}, so that twistd writes none. Other
 * programs have no such file. Linux only: it reads {@code /proc}. Thread-safe.
 */
final class TwistdPid {
    private static final Logger LOG = LoggerFactory.getLogger(TwistdPid.class);

    private final Path directory;
    private final Path file;
    private final boolean isOurs;
    private boolean failed;

    TwistdPid(Path directory, List<String> command) {
        this.directory = directory;
        this.file = directory.resolve("twistd.pid");
        this.isOurs = command.contains("--pidfile=");
    }

    /** Makes the file name this process, if it does not. */
    synchronized void name(long pid) {
        if (!isOurs || !Files.exists(directory.resolve("buildbot.tac")) || named().equals(Optional.of(pid))) {
            return;
        }
        try {
            Path fresh = file.resolveSibling("twistd.pid.new");
            Files.writeString(fresh, Long.toString(pid));
            Files.move(fresh, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
            failed = false;
        } catch (IOException e) {
            if (!failed) {
                LOG.warn("cannot write {} ({}): buildbot reconfig and stop do not find the buildmaster", file, e + "");
            }
            failed = true;
        }
    }

    /** Removes the file, if it names this process. */
    synchronized void forget(long pid) {
        if (isOurs && named().equals(Optional.of(pid))) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                LOG.debug("cannot delete {}", file, e);
            }
        }
    }

    /** Returns the process that the file names, if it runs in the buildmaster's directory. */
    Optional<Long> running() {
        return named().filter(pid -> {
            try {
                return Files.isSameFile(Path.of("/proc", pid.toString(), "cwd"), directory);
            } catch (IOException e) {
                return false; // it has ended, or is another user's
            }
        });
    }

    private Optional<Long> named() {
        try {
            return Optional.of(Long.parseLong(Files.readString(file).strip()));
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }
}
