package org.quorate.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;

/** A real remote Buildbot worker. */
final class Worker implements AutoCloseable {
    private final Process process;

    private Worker(Process process) {
        this.process = process;
    }

    /** Connects to this port on this machine, and again whenever the connection is cut off. */
    static Worker start(Path directory, String name, int port) {
        Command.Result made = Command.runAt(
                Path.of("."),
                Map.of(),
                BuildbotPrograms.buildbot(
                        "buildbot-worker",
                        "create-worker",
                        "--maxretries=1000",
                        directory.toString(),
                        "127.0.0.1:" + port,
                        name,
                        "secret"));
        if (made.exit() != 0) {
            throw new IllegalStateException("buildbot-worker create-worker: " + made.out() + made.err());
        }
        try {
            return new Worker(new ProcessBuilder(BuildbotPrograms.twistd())
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("out").toFile())
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
