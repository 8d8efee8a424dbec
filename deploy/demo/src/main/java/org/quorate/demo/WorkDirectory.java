package org.quorate.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.stream.Stream;
import org.quorate.demo.cluster.DemoFailed;

/** The folder in which a demo keeps its files; empty at the start. */
final class WorkDirectory {
    /** The kernel accepts 107 bytes for the path of a Unix socket, and the agents put a socket below this folder. */
    private static final int LONGEST = 70;

    private WorkDirectory() {}

    /** Returns the named folder, which is created if necessary, or else a new temporary one. */
    static Path make(Optional<Path> named) {
        try {
            Path work = named.isPresent()
                    ? Files.createDirectories(named.get().toAbsolutePath().normalize())
                    : Files.createTempDirectory(
                            "quorate-demo-",
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            if (work.toString().length() > LONGEST) {
                throw new DemoFailed(
                        work + " is too long a path for the agents' Unix sockets: give a --directory of at most "
                                + LONGEST + " characters");
            }
            try (Stream<Path> inside = Files.list(work)) {
                if (inside.findAny().isPresent()) {
                    throw new DemoFailed(work + " is not empty: give --directory a new or an empty folder");
                }
            }
            return work;
        } catch (IOException e) {
            throw new DemoFailed(
                    "the directory " + named.map(Path::toString).orElse("for the logs") + " cannot be made: "
                            + e.getMessage(),
                    e);
        }
    }
}
