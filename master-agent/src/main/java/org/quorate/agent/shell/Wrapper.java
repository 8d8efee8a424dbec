package org.quorate.agent.shell;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.quorate.agent.supervision.Executables;

/**
 * The words before a build's command that give it a session and process group of its own ({@code setsid}) and, where
 * {@code setpriv} can, end it when the buildmaster dies. That signal follows the thread that started the process, so builds
 * must be started from one that lives as long as the buildmaster.
 */
record Wrapper(List<String> words) {
    Wrapper {
        words = List.copyOf(words);
    }

    /** Throws IllegalStateException where {@code setsid} is missing. */
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

    /** Some setpriv programs lack the option. */
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
