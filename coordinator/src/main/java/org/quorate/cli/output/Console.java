package org.quorate.cli.output;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The surroundings of one run of the command: its output, its environment, its clock and how it waits.
 *
 * @param terminal whether standard output is a terminal: it then shows colours, and {@code --watch} may clear it
 * @param nanoTime the monotonic clock for time limits
 */
public record Console(
        PrintWriter out,
        PrintWriter err,
        Map<String, String> environment,
        Path home,
        boolean terminal,
        LongSupplier nanoTime,
        Pause pause) {

    /** Waits between two outputs of {@code --watch}. Returns false if the command is to end now. */
    public interface Pause {
        boolean take(Duration length) throws InterruptedException;
    }

    public Console {
        environment = Map.copyOf(environment);
    }

    public static Console ofProcess() {
        return new Console(
                new PrintWriter(System.out, true, StandardCharsets.UTF_8),
                new PrintWriter(System.err, true, StandardCharsets.UTF_8),
                System.getenv(),
                Path.of(System.getProperty("user.home", "/")),
                isTerminal(),
                System::nanoTime,
                Console::sleep);
    }

    /** From Java 22 on there is a console object also without a terminal, and a method that tells them apart. */
    @SuppressWarnings("SystemConsoleNull") // from Java 22 on isTerminal() is asked, too
    private static boolean isTerminal() {
        java.io.Console attached = System.console();
        if (attached == null) {
            return false;
        }
        try {
            return Boolean.TRUE.equals(
                    java.io.Console.class.getMethod("isTerminal").invoke(attached));
        } catch (ReflectiveOperationException e) {
            return true;
        }
    }

    /** Sleeps: the pace of {@code --watch} is for the reader, so there is no event to wait for. */
    private static boolean sleep(Duration length) throws InterruptedException {
        Thread.sleep(length.toMillis());
        return true;
    }

    /** Prints a remark to standard error, never to standard output. */
    public void note(String text) {
        err.println("quorate: " + Text.printable(text));
        err.flush();
    }
}
