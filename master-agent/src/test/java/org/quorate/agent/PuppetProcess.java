package org.quorate.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.quorate.failpoint.Failpoint;

/** The process of a {@link Puppet}, which sends it commands and reads its answers. */
final class PuppetProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final Process process;
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

    /** {@code failpoints} has the form of the property. */
    PuppetProcess(String classPath, String failpoints, List<String> arguments) {
        List<String> command = new ArrayList<>(java(classPath));
        command.addAll(List.of("-D" + Failpoint.PROPERTY + "=" + failpoints, Puppet.class.getName()));
        command.addAll(arguments);
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread reader = new Thread(this::read, "puppet-reader");
        reader.setDaemon(true);
        reader.start();
    }

    /** Returns the command of a JVM, up to the name of the class. */
    static List<String> java(String classPath) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath);
    }

    private void read() {
        try (BufferedReader in = process.inputReader()) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                lines.add(line);
                if (line.startsWith("=")) {
                    answers.add(line.substring(1));
                }
            }
        } catch (IOException e) {
            // counts as the end of the stream
        }
    }

    /** Sends a line without waiting for the answer. */
    PuppetProcess send(String line) {
        try {
            process.outputWriter().write(line + "\n");
            process.outputWriter().flush();
            return this;
        } catch (IOException e) {
            throw new AssertionError("the puppet is gone: " + lines, e);
        }
    }

    String ask(String line) {
        return send(line).answer();
    }

    String answer() {
        try {
            String answer = answers.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(answer).as("no answer: %s", lines).isNotNull();
            return answer;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Returns whether it has not answered yet. */
    boolean isSilent() {
        return answers.isEmpty();
    }

    /** Waits until the failpoint has logged that it acts. */
    PuppetProcess awaitAt(Failpoint failpoint) {
        await().atMost(PATIENCE)
                .until(() -> lines.stream().anyMatch(line -> line.contains("failpoint " + failpoint.word() + " acts")));
        return this;
    }

    /** Waits until a failpoint has killed it. */
    void awaitDeath() {
        try {
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("%s", lines)
                    .isTrue();
            assertThat(process.exitValue()).as("%s", lines).isEqualTo(137);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
