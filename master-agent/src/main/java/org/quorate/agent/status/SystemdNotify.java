package org.quorate.agent.status;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.quorate.agent.loop.Reason;

/**
 * Sends systemd the status line of a service, by the program {@code systemd-notify}: Java has no datagrams on Unix
 * sockets.
 *
 * @param socket the path of systemd's socket, or its name if it begins with {@code @}
 */
record SystemdNotify(String socket) {
    /** The variable with which systemd names its socket to a service. */
    static final String SOCKET = "NOTIFY_SOCKET";

    private static final int PATIENCE_SECONDS = 10;

    /** Returns why the line was not sent; empty if it was. */
    Optional<String> send(String line) {
        ProcessBuilder builder = new ProcessBuilder("systemd-notify", "--status=" + line)
                .redirectInput(Redirect.from(new File("/dev/null")))
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD);
        builder.environment().put(SOCKET, socket);
        try {
            Process process = builder.start();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return Optional.of("systemd-notify did not end within " + PATIENCE_SECONDS + " s");
            }
            return process.exitValue() == 0
                    ? Optional.empty()
                    : Optional.of("systemd-notify ended with status " + process.exitValue());
        } catch (IOException e) {
            return Optional.of(Reason.of(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("interrupted");
        }
    }
}
