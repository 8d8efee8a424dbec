package org.quorate.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PortsTest {
    @Test
    void none_is_given_twice_nor_one_that_the_system_gives_to_clients() {
        Set<Integer> given = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            int first = Ports.free(2);
            assertThat(given.add(first) && given.add(first + 1)).isTrue();
            assertThat(given.add(Ports.free())).isTrue();
        }
        assertThat(given).allMatch(port -> port > 1024 && port < 32_768);
    }

    @Test
    void a_server_can_listen_on_a_port_that_was_found_free() throws IOException {
        try (ServerSocket server = new ServerSocket(Ports.free(), 1, InetAddress.getLoopbackAddress())) {
            assertThat(server.isBound()).isTrue();
        }
    }
}
