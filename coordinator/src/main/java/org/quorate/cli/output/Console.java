package org.quorate.cli.output;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The world around one run of the command: where it prints, what the environment says, how it waits.
 *
 * @param terminal whether a person reads standard output: colours, and a screen that {@code --watch} may clear
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

    /** How {@code --watch} waits between two pictures. False: end now. */
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

    /** Since Java 22 there is a console object without a terminal, too, and a method that tells. */
    @SuppressWarnings("SystemConsoleNull") // the first half of the answer, and all of it before Java 22
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

    /** A command's own pace towards a person, which nothing can be waited for instead. */
    private static boolean sleep(Duration length) throws InterruptedException {
        Thread.sleep(length.toMillis());
        return true;
    }

    /** A remark that belongs beside the answer: never on standard output. */
    public void note(String text) {
        err.println("quorate: " + Text.printable(text));
        err.flush();
    }
}
