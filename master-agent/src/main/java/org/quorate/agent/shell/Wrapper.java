package org.quorate.agent.shell;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.quorate.agent.supervision.Executables;

/**
 * The words before a build's command. They give it a session and a process group of its own ({@code setsid}) and, if
 * {@code setpriv} supports it, kill it when the buildmaster dies. The kernel sends that signal when the thread that
 * started the process ends, so builds must be started on a thread that lives as long as the buildmaster.
 */
record Wrapper(List<String> words) {
    Wrapper {
        words = List.copyOf(words);
    }

    /** Returns the wrapper for this machine. Throws IllegalStateException if {@code setsid} is missing. */
    static Wrapper ofThisMachine() {
        if (Executables.find("setsid").isEmpty()) {
            throw new IllegalStateException("the program setsid is missing: install util-linux");
        }
        List<String> words = new ArrayList<>(List.of("setsid"));
        List<String> bound = List.of("setpriv", "--pdeathsig", "KILL");
        if (works(bound)) {
            words.addAll(bound);
        }
        return new Wrapper(words);
    }

    List<String> around(List<String> command) {
        List<String> all = new ArrayList<>(words);
        all.addAll(command);
        return all;
    }

    /** Tries the words, since some setpriv programs lack the option. */
    private static boolean works(List<String> words) {
        List<String> trial = new ArrayList<>(words);
        trial.add("true");
        try {
            Process process = new ProcessBuilder(trial)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(5, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
