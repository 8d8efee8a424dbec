package org.quorate.agent.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.agent.loop.Step;

class SystemdStepTest {
    /** Prints each datagram that arrives at its first argument, a socket that it makes. */
    private static final String LISTENER = """
            import socket, sys
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            listener.bind(sys.argv[1])
            while True:
                print(listener.recv(4096).decode().replace('\\n', ' '), flush=True)
            """;

    @TempDir
    Path folder;

    @Test
    void systemd_gets_a_line_when_what_the_agent_does_has_changed() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/systemd-notify")), "systemd-notify is not installed");
        Path socket = folder.resolve("notify");
        Path received = folder.resolve("received");
        Process systemd = new ProcessBuilder("/usr/bin/python3", "-c", LISTENER, socket.toString())
                .redirectOutput(received.toFile())
                .start();
        try {
            Awaitility.await().until(() -> Files.exists(socket));
            AtomicReference<AgentSnapshot> now = new AtomicReference<>(Snapshots.good());
            SystemdStep step = SystemdStep.of(Map.of("NOTIFY_SOCKET", socket.toString()), now::get)
                    .orElseThrow();

            step.take();
            step.take();
            now.set(Snapshots.draining(2));
            step.take();

            Awaitility.await()
                    .untilAsserted(() -> assertThat(Files.readAllLines(received, StandardCharsets.UTF_8).stream()
                                    .filter(line -> line.contains("STATUS=")))
                            .containsExactly(
                                    "STATUS=master m1 works in epoch 41, as the housekeeper",
                                    "STATUS=master m1 claims nothing: draining"));
        } finally {
            systemd.destroy();
        }
    }

    @Test
    void a_systemd_that_does_not_listen_is_reported_and_nothing_else_fails() {
        SystemdStep step = SystemdStep.of(
                        Map.of("NOTIFY_SOCKET", folder.resolve("missing").toString()), Snapshots::good)
                .orElseThrow();

        Step.Taken taken = step.take();

        assertThat(taken.sentence()).startsWith("systemd does not get the status line: ");
    }

    @Test
    void an_agent_that_systemd_did_not_start_sends_nothing() {
        assertThat(SystemdStep.of(Map.of(), Snapshots::good)).isEmpty();
    }
}
