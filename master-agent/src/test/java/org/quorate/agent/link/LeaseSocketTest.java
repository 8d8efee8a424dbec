package org.quorate.agent.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LeaseSocketTest {
    private static final String LEASE = "{\"jsonrpc\":\"2.0\",\"method\":\"lease\",\"params\":"
            + "{\"remainingMillis\":5000,\"sentNanos\":42,\"epoch\":7}}";

    @TempDir
    Path directory;

    private LeaseSocket leases;

    @BeforeEach
    void start() {
        leases = new LeaseSocket(directory.resolve("s/lease.sock"), () -> 42);
        leases.start();
    }

    @AfterEach
    void close() {
        leases.close();
    }

    @Test
    void each_reader_gets_each_lease_with_its_epoch_and_the_time_when_it_was_sent() throws IOException {
        try (SocketChannel one = connect(1);
                SocketChannel two = connect(2)) {
            leases.send(7, Duration.ofSeconds(5));
            assertThat(reader(one).readLine()).isEqualTo(LEASE);
            assertThat(reader(two).readLine()).isEqualTo(LEASE);
        }
    }

    @Test
    void a_reader_that_does_not_read_holds_up_nobody_and_is_disconnected() throws IOException {
        try (SocketChannel deaf = connect(1)) {
            for (int i = 0; i < 100_000; i++) {
                leases.send(7, Duration.ofSeconds(5));
            }
            assertThat(reader(deaf).lines().count()).isPositive().isLessThan(100_000);
        }
    }

    @Test
    void the_socket_is_gone_after_the_close_and_its_readers_see_the_end() throws IOException {
        try (SocketChannel reader = connect(1)) {
            leases.close();
            leases.close();
            assertThat(Files.exists(directory.resolve("s/lease.sock"))).isFalse();
            assertThat(reader(reader).readLine()).isNull();
        }
    }

    private SocketChannel connect(int readers) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(directory.resolve("s/lease.sock")));
        await().until(() -> leases.readers() == readers);
        return channel;
    }

    private static BufferedReader reader(SocketChannel channel) {
        return new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
    }
}
