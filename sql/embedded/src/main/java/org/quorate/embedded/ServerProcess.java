package org.quorate.embedded;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** One run of a PostgreSQL server, as a child process in the foreground. Thread-safe. */
final class ServerProcess {
    /**
     * Starts all child processes. A child that must die with its parent dies with the parent's <em>thread</em>, so they
     * are started from a thread that lives as long as this process.
     */
    private static final ExecutorService LAUNCHER = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "postgres-launcher");
        thread.setDaemon(true);
        return thread;
    });

    private static final int READY_LINE = 7;
    private static final Duration LOOK_AGAIN = Duration.ofMillis(10);

    private final Process process;
    private final Path data;
    private final Path log;

    private ServerProcess(Process process, Path data, Path log) {
        this.process = process;
        this.data = data;
        this.log = log;
    }

    /** Starts the server and waits until it accepts connections. */
    static ServerProcess start(List<String> command, Path data, Path log, Duration limit) {
        ServerProcess server = new ServerProcess(launch(command, data, log), data, log);
        try {
            server.awaitReady(limit);
        } catch (RuntimeException e) {
            server.process.destroyForcibly();
            throw e;
        }
        return server;
    }

    static Process launch(List<String> command, Path folder, Path output) {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.to(output.toFile()));
        builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
        builder.environment().put("LC_ALL", "C");
        try {
            return LAUNCHER.submit(builder::start).get();
        } catch (ExecutionException e) {
            throw new PostgresUnavailable(command.get(0) + " cannot be run: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PostgresUnavailable("interrupted while starting PostgreSQL", e);
        }
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Requests a fast shutdown, which ends all sessions and writes a checkpoint. */
    void stop() {
        end("INT", Duration.ofSeconds(30));
    }

    /** Requests an immediate shutdown, a crash for the database: the next start recovers from the log. */
    void kill() {
        end("QUIT", Duration.ofSeconds(10));
    }

    private void end(String signal, Duration limit) {
        if (!process.isAlive()) {
            return;
        }
        try {
            new ProcessBuilder("kill", "-" + signal, String.valueOf(pid()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private void awaitReady(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            while (!isReady()) {
                if (process.waitFor(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new PostgresUnavailable("PostgreSQL did not start: " + lastComplaint(log));
                }
                if (System.nanoTime() - deadline > 0) {
                    throw new PostgresUnavailable(
                            "PostgreSQL was not ready within " + limit.toSeconds() + " s: " + lastComplaint(log));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PostgresUnavailable("interrupted while PostgreSQL started", e);
        }
    }

    /** True if the postmaster's file reports {@code ready} and names our child, not another server. */
    private boolean isReady() {
        try {
            List<String> lines = Files.readAllLines(data.resolve("postmaster.pid"));
            return lines.size() > READY_LINE
                    && lines.get(0).strip().equals(String.valueOf(pid()))
                    && lines.get(READY_LINE).strip().equals("ready");
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns the line of a log that explains a failure best, with the path of the log. */
    static String lastComplaint(Path log) {
        List<String> lines;
        try {
            lines = new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .toList();
        } catch (IOException e) {
            return "it left no log in " + log;
        }
        String line = lines.stream()
                .filter(text -> text.contains("could not bind") || text.contains("error:"))
                .findFirst()
                .or(() -> lines.stream().filter(text -> text.contains("FATAL:")).findFirst())
                .orElse(lines.isEmpty() ? "it wrote nothing" : lines.get(lines.size() - 1));
        return line + " (log: " + log + ")";
    }
}
