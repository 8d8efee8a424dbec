package org.quorate.demo.cluster;

import java.io.IOException;
import java.util.List;

/**
 * A small process that outlives the demo for a moment. When the demo's end of its pipe closes, however the demo ended,
 * it kills all processes that carry the demo's mark, so that none is left.
 */
public final class Guard implements AutoCloseable {
    /** Reads until the pipe closes. Looks for the processes twice, since one may fork during the search. */
    private static final String SCRIPT = "cat >/dev/null; for round in 1 2; do"
            + " for process in $(grep -lsazF -- \"$1\" /proc/[0-9]*/environ); do"
            + " process=${process#/proc/}; kill -KILL \"${process%/environ}\" 2>/dev/null; done; done";

    private final Process process;

    private Guard(Process process) {
        this.process = process;
    }

    /**
     * Starts a guard over all processes with a mark.
     *
     * @param mark an entry {@code NAME=value} of the environment that only this demo has
     */
    public static Guard over(String mark) {
        try {
            return new Guard(new ProcessBuilder(List.of("setsid", "/bin/sh", "-c", SCRIPT, "quorate-demo-guard", mark))
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start());
        } catch (IOException e) {
            throw new DemoFailed("the program setsid cannot be started: install util-linux", e);
        }
    }

    @Override
    public void close() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            process.destroy();
        }
    }
}
