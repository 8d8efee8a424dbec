package org.quorate.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** Processes that only keep the machine busy, twice as many as it has cores, for the profile that needs them. */
final class Burners implements AutoCloseable {
    private final List<Process> processes = new ArrayList<>();

    static Burners of(Profile profile) {
        Burners burners = new Burners();
        int count = profile == Profile.LOAD ? 2 * Runtime.getRuntime().availableProcessors() : 0;
        for (int i = 0; i < count; i++) {
            burners.start();
        }
        return burners;
    }

    private void start() {
        try {
            processes.add(
                    new ProcessBuilder("setpriv", "--pdeathsig", "KILL", "sh", "-c", "while :; do :; done").start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        processes.forEach(Process::destroyForcibly);
    }
}
