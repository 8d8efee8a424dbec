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

/** In front of a server of no protocol in particular. What it does to PostgreSQL, the tests of its adapters show. */
class FaultProxyTest {
    /** A read that nobody answers fails instead of holding up the whole build. */
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
    void what_was_said_while_it_stood_still_is_heard_when_it_goes_on() throws IOException {
        proxy.standStill(true);
        client.getOutputStream().write(7);
        server.setSoTimeout(200);
        assertThatThrownBy(() -> server.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);

        proxy.standStill(false);

        server.setSoTimeout(PATIENCE_MS);
        assertThat(server.getInputStream().read()).isEqualTo(7);
    }

    @Test
    void in_drips_all_arrives_in_its_order_and_not_at_once() throws IOException {
        byte[] said = new byte[1_000];
        for (int i = 0; i < said.length; i++) {
            said[i] = (byte) i;
        }
        proxy.drip(Duration.ofMillis(50));

        client.getOutputStream().write(said);

        byte[] heard = new byte[said.length];
        int first = server.getInputStream().read(heard);
        assertThat(first).isBetween(1, said.length - 1);
        proxy.hurry();
        server.getInputStream().readNBytes(heard, first, said.length - first);
        assertThat(heard).isEqualTo(said);
    }

    @Test
    void nobody_hears_of_an_end_while_it_stands_still() throws IOException {
        proxy.standStill(true);
        client.close();
        server.setSoTimeout(200);
        assertThatThrownBy(() -> server.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);

        proxy.standStill(false);

        server.setSoTimeout(PATIENCE_MS);
        assertThat(server.getInputStream().read()).isEqualTo(-1);
    }

    @Test
    void a_cut_ends_both_sides_and_who_is_refused_is_told_at_once() throws IOException {
        proxy.refuse(true);
        proxy.cut();

        assertThat(client.getInputStream().read()).isEqualTo(-1);
        assertThat(server.getInputStream().read()).isEqualTo(-1);
        try (Socket another = dial()) {
            assertThat(another.getInputStream().read()).isEqualTo(-1);
        }
    }

    /** The server takes a connection before the proxy has heard that it did: a cut at that moment must not miss it. */
    @Test
    void a_cut_misses_no_connection_that_the_server_has_just_taken() throws IOException {
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
    void the_client_is_told_when_the_server_is_away() throws IOException {
        listening.close();

        try (Socket another = dial()) {
            assertThat(another.getInputStream().read()).isEqualTo(-1);
        }
    }
}
