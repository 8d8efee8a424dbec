package org.quorate.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** In front of a server of no protocol in particular. What it does to PostgreSQL, the tests of its adapters show. */
class FaultProxyTest {
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
    }

    private Socket dial() throws IOException {
        return new Socket(
                InetAddress.getLoopbackAddress(),
                Integer.parseInt(proxy.address().replaceAll(".*:", "")));
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

        server.setSoTimeout(60_000);
        assertThat(server.getInputStream().read()).isEqualTo(7);
    }

    @Test
    void nobody_hears_of_an_end_while_it_stands_still() throws IOException {
        proxy.standStill(true);
        client.close();
        server.setSoTimeout(200);
        assertThatThrownBy(() -> server.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);

        proxy.standStill(false);

        server.setSoTimeout(60_000);
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

    @Test
    void the_client_is_told_when_the_server_is_away() throws IOException {
        listening.close();

        try (Socket another = dial()) {
            assertThat(another.getInputStream().read()).isEqualTo(-1);
        }
    }
}
