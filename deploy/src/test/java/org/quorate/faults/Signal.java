package org.quorate.faults;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Sends signals to processes by their ids. */
final class Signal {
    private Signal() {}

    static void send(String name, List<Long> pids) {
        List<String> words = new ArrayList<>(List.of("kill", "-" + name));
        pids.forEach(pid -> words.add(Long.toString(pid)));
        try {
            // a process may have ended by itself
            new ProcessBuilder(words)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
