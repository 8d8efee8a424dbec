package org.quorate.demo.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Sends signals that Java itself cannot send, to processes by their ids only. */
final class Signals {
    private Signals() {}

    /** A process that has just ended is not an error. */
    static void send(String signal, Collection<Long> pids) {
        if (pids.isEmpty()) {
            return;
        }
        List<String> words = new ArrayList<>(List.of("/bin/sh", "-c", "kill -" + signal + " \"$@\"", "kill"));
        pids.forEach(pid -> words.add(Long.toString(pid)));
        try {
            Process kill = new ProcessBuilder(words)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!kill.waitFor(5, TimeUnit.SECONDS)) {
                throw new DemoFailed("sending SIG" + signal + " takes more than 5 s");
            }
        } catch (IOException e) {
            throw new DemoFailed("SIG" + signal + " cannot be sent: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
