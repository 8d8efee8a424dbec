package org.quorate.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.identity.Pairing;
import org.quorate.master.Member;
import org.quorate.master.ZooKeeperUnreachable;

class EmbeddedZooKeeperTest {
    private static final Duration SOON = Duration.ofMinutes(5);
    private static final Duration SESSION_TIMEOUT = Duration.ofSeconds(6);

    @TempDir
    private Path directory;

    @Test
    void the_data_of_a_server_survives_a_restart_on_the_same_port() throws IOException {
        Pairing ours = new Pairing(UUID.randomUUID(), UUID.randomUUID(), Optional.empty(), UUID.randomUUID());
        EmbeddedZooKeeper server = EmbeddedZooKeeper.start(directory);
        int port = server.port();
        assertThat(server.connectString()).startsWith("127.0.0.1:");
        try (CuratorEnsemble agent = connect(server.connectString())) {
            assertThat(agent.sessionTimeout()).isEqualTo(SESSION_TIMEOUT);
            assertThat(agent.pair(Optional.empty(), ours)).isTrue();
            long number = agent.number();

            server.close();
            await().atMost(SOON).until(() -> !agent.isConnected());
            server = EmbeddedZooKeeper.start(directory, port);
            await().atMost(SOON).until(agent::isConnected);

            assertThat(server.port()).isEqualTo(port);
            assertThat(agent.pairing()).contains(ours);
            assertThat(agent.number()).isGreaterThan(number);
        }
        server.close();
        server.close();
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.filter(file -> file.toString().endsWith(".properties")))
                    .hasSizeLessThan(2);
        }
    }

    @Test
    void an_agent_notices_a_paused_server_in_time_and_works_again_afterwards() throws Exception {
        Process server = startProcess();
        BufferedReader output = server.inputReader(StandardCharsets.UTF_8);
        String connect = output.readLine();
        try (CuratorEnsemble agent = connect(connect)) {
            agent.sessionTimeout();
            agent.join(new Member("m1", UUID.randomUUID(), 1, "host", 1, List.of(), "0.1.0"), Optional.empty());
            agent.stand("m1");
            await().atMost(SOON).until(agent::seemsLeader);

            signal(server, "STOP");
            assertFailsWithin(SESSION_TIMEOUT.dividedBy(3), agent::heartbeat);
            assertFailsWithin(SESSION_TIMEOUT, agent::members);
            await().atMost(SOON).until(() -> !agent.seemsLeader());
            signal(server, "CONT");

            await().atMost(SOON).until(agent::isConnected);
            await().atMost(SOON).until(agent::seemsLeader);
            assertThat(agent.number()).isPositive();
        } finally {
            server.destroyForcibly().waitFor();
        }
    }

    private static void assertFailsWithin(Duration bound, Runnable question) {
        long began = System.nanoTime();
        assertThatThrownBy(question::run).isInstanceOf(ZooKeeperUnreachable.class);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(bound.plusSeconds(10));
    }

    private Process startProcess() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        EmbeddedZooKeeper.class.getName(),
                        directory.toString(),
                        "0")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static void signal(Process process, String name) throws Exception {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .inheritIO()
                .start()
                .waitFor();
    }

    private static CuratorEnsemble connect(String connect) {
        return CuratorEnsemble.connect(connect, "test", SESSION_TIMEOUT);
    }
}
