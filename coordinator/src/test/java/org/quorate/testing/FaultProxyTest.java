package org.quorate.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The proxy in front of a server without a known protocol. The tests of the adapters show its faults in front of
 * PostgreSQL.
 */
class FaultProxyTest {
    /** A read without an answer fails instead of blocking the whole build. */
    private static final int PATIENCE_MS = 60_000;

    private ServerSocket listening;
    private FaultProxy proxy;
    private Socket client;
    private Socket server;

    @BeforeEach
    void connect() throws IOException {
        listening = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        proxy = FaultProxy.before(listening.getLocalPort());
        client = dial();
        server = listening.accept();
        server.setSoTimeout(PATIENCE_MS);
    }

    private Socket dial() throws IOException {
        Socket socket = new Socket(
                InetAddress.getLoopbackAddress(),
                Integer.parseInt(proxy.address().replaceAll(".*:", "")));
        socket.setSoTimeout(PATIENCE_MS);
        return socket;
    }

    @AfterEach
    void close() throws IOException {
        proxy.close();
        listening.close();
        client.close();
        server.close();
    }

    @Test
    void bytes_pass_in_both_directions() throws IOException {
        client.getOutputStream().write(7);
        assertThat(server.getInputStream().read()).isEqualTo(7);

        server.getOutputStream().write(8);
        assertThat(client.getInputStream().read()).isEqualTo(8);
    }

    @Test
    void bytes_that_were_sent_while_all_traffic_was_stopped_arrive_when_it_continues() throws IOException {
        proxy.standStill(true);
        client.getOutputStream().write(7);
        server.setSoTimeout(200);
        assertThatThrownBy(() -> server.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);

        proxy.standStill(false);

        server.setSoTimeout(PATIENCE_MS);
        assertThat(server.getInputStream().read()).isEqualTo(7);
    }

    @Test
    void a_dripping_proxy_delivers_all_bytes_in_order_and_not_at_once() throws IOException {
        byte[] sent = new byte[1_000];
        for (int i = 0; i < sent.length; i++) {
            sent[i] = (byte) i;
        }
        proxy.drip(Duration.ofMillis(50));

        client.getOutputStream().write(sent);

        byte[] received = new byte[sent.length];
        int first = server.getInputStream().read(received);
        assertThat(first).isBetween(1, sent.length - 1);
        proxy.hurry();
        server.getInputStream().readNBytes(received, first, sent.length - first);
        assertThat(received).isEqualTo(sent);
    }

    @Test
    void nobody_sees_the_end_of_a_connection_while_all_traffic_is_stopped() throws IOException {
        proxy.standStill(true);
        client.close();
        server.setSoTimeout(200);
        assertThatThrownBy(() -> server.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);

        proxy.standStill(false);

        server.setSoTimeout(PATIENCE_MS);
        assertThat(server.getInputStream().read()).isEqualTo(-1);
    }

    @Test
    void a_cut_closes_both_sides_and_a_refused_connection_is_closed_at_once() throws IOException {
        proxy.refuse(true);
        proxy.cut();

        assertThat(client.getInputStream().read()).isEqualTo(-1);
        assertThat(server.getInputStream().read()).isEqualTo(-1);
        try (Socket another = dial()) {
            assertThat(another.getInputStream().read()).isEqualTo(-1);
        }
    }

    /** The server accepts a connection before the proxy knows it: a cut at that moment must not miss it. */
    @Test
    void a_cut_misses_no_connection_that_the_server_has_just_accepted() throws IOException {
        for (int round = 0; round < 200; round++) {
            try (Socket another = dial();
                    Socket taken = listening.accept()) {
                proxy.cut();
                taken.setSoTimeout(PATIENCE_MS);
                assertThat(taken.getInputStream().read()).isEqualTo(-1);
                assertThat(another.getInputStream().read()).isEqualTo(-1);
            }
        }
    }

    @Test
    void the_connection_of_a_client_is_closed_when_the_server_cannot_be_reached() throws IOException {
        listening.close();

        try (Socket another = dial()) {
            assertThat(another.getInputStream().read()).isEqualTo(-1);
        }
    }
}
