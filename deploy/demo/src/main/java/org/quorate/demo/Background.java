package org.quorate.demo;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.quorate.demo.cluster.DemoFailed;

/**
 * Runs a demo whose cluster outlives the command that started it. PostgreSQL and ZooKeeper live only as long as the
 * process that started them, so the whole demo runs in a process and a session of its own. It writes to our standard
 * output itself. When it is ready to be left alone it writes its exit code to a file and closes its outputs. If we end
 * before that, the end of its standard input ends it too.
 */
final class Background {
    private static final String NOTE = "kept";
    private static final int CLOSE_WITHIN_SECONDS = 60;

    private Background() {}

    /** Runs the command until it is ready to be left alone, or until its end. Returns its exit code. */
    static int run(List<String> command, Path directory, PrintWriter err) {
        List<String> words = new ArrayList<>(List.of("setsid"));
        words.addAll(command);
        Process process = start(words);
        Thread hook = new Thread(() -> end(process), "demo-background-end");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            pass(process.errorReader(StandardCharsets.UTF_8), err);
            Path note = directory.resolve(NOTE);
            int exit =
                    Files.exists(note) ? Integer.parseInt(Files.readString(note).strip()) : process.waitFor();
            forget(hook);
            return exit;
        } catch (IOException e) {
            throw new DemoFailed("the output of the demo cannot be passed on: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DemoFailed("interrupted", e);
        }
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // this process is ending: the hook is running, and ends the demo
        }
    }

    private static Process start(List<String> words) {
        try {
            return new ProcessBuilder(words)
                    .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw new DemoFailed("the program setsid cannot be started: install util-linux", e);
        }
    }

    private static void pass(Reader from, PrintWriter to) throws IOException {
        char[] buffer = new char[4096];
        for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
            to.write(buffer, 0, count);
            to.flush();
        }
    }

    private static void end(Process process) {
        process.destroy();
        try {
            process.waitFor(CLOSE_WITHIN_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** In the background process: ends it if the process that started it ends before {@link #leave} was called. */
    static void followParent(Path directory) {
        Thread watch = new Thread(
                () -> {
                    awaitEndOfInput();
                    if (!Files.exists(directory.resolve(NOTE))) {
                        System.exit(1);
                    }
                },
                "demo-parent");
        watch.setDaemon(true);
        watch.start();
    }

    private static void awaitEndOfInput() {
        try {
            while (System.in.read() >= 0) {
                // no input is expected
            }
        } catch (IOException e) {
            // the same as the end of the input
        }
    }

    /** In the background process: prints how a person uses and ends the cluster that stays. */
    static void printHints(PrintWriter out, Path context, String quorate) {
        out.println();
        out.println("The cluster goes on running in the background; its schedulers rest. Point quorate at it:");
        out.println("  export QUORATE_CONFIG=" + context);
        out.println("  " + quorate + " status");
        out.println("  " + quorate + " submit lint test --count=20 --wait");
        out.println("  " + quorate + " enable every-5s");
        out.println("End it, with all that it started:");
        out.println("  kill " + ProcessHandle.current().pid());
        out.flush();
    }

    /** In the background process: prints nothing from now on, and no longer depends on the process that started it. */
    static void leave(Path directory, int exit) {
        try {
            Path unfinished = Files.writeString(directory.resolve(NOTE + ".part"), exit + "\n");
            Files.move(unfinished, directory.resolve(NOTE));
        } catch (IOException e) {
            throw new DemoFailed("the note of the exit code cannot be written to " + directory, e);
        }
        System.out.close();
        System.err.close();
    }
}
