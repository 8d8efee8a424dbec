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
 * A demo whose cluster outlives the command that began it. PostgreSQL and ZooKeeper live and die with a process, so the
 * whole demo runs in one of its own, in a session of its own. It writes to our standard output itself, and when it
 * wants to be left it notes its exit code in a file and closes its outputs; if we end before, the end of its standard
 * input ends it too.
 */
final class Background {
    private static final String NOTE = "kept";
    private static final int CLOSE_WITHIN_SECONDS = 60;

    private Background() {}

    /** Runs the command to the point where it wants to be left, or to its end; answers its exit code. */
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
            throw new DemoFailed("what the demo says cannot be passed on: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DemoFailed("interrupted", e);
        }
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // this process is ending: the hook runs, and has ended the demo
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

    /** On the other side: ends this process when the one that began it ends before {@link #leave} was called. */
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
                // nobody is expected to say anything
            }
        } catch (IOException e) {
            // as good as the end
        }
    }

    /** On the other side: what a person can do with the cluster that stays. */
    static void tell(PrintWriter out, Path context, String quorate) {
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

    /** On the other side: from now on nothing is printed, and this process stays without the one that began it. */
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
