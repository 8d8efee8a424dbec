package org.quorate.agent.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.codahale.metrics.MetricRegistry;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.quorate.agent.metrics.Metrics;
import org.quorate.config.HostPort;

@Timeout(60)
class StatusServerTest {
    private volatile Supplier<AgentSnapshot> snapshot = Snapshots::good;
    private final Metrics metrics = new Metrics(new MetricRegistry());
    private final StatusServer server =
            new StatusServer(new HostPort("127.0.0.1", 0), () -> snapshot.get(), metrics::page);

    @BeforeEach
    void start() {
        server.start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private record Response(int code, String head, String body) {}

    /** Sends a request over a plain socket, since Java's client sets the Host header itself. */
    private Response ask(String method, String path, String host) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(300_000);
            String request = method + " " + path + " HTTP/1.1\r\n" + (host.isEmpty() ? "" : "Host: " + host + "\r\n")
                    + "Connection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            String[] parts = all.split("\r\n\r\n", 2);
            return new Response(Integer.parseInt(all.substring(9, 12)), parts[0], parts[1]);
        }
    }

    private Response get(String path) throws IOException {
        return ask("GET", path, "localhost:" + server.port());
    }

    @Test
    void livez_names_the_loop_that_stands_still() throws Exception {
        assertThat(get("/livez")).extracting(Response::code, Response::body).containsExactly(200, "alive\n");

        snapshot = Snapshots::stuck;

        assertThat(get("/livez"))
                .extracting(Response::code, Response::body)
                .containsExactly(503, "loop membership took its last step 41000 ms ago, its period is 20000 ms\n");
    }

    @Test
    void readyz_gives_the_reason_why_the_agent_may_not_claim() throws Exception {
        assertThat(get("/readyz"))
                .extracting(Response::code, Response::body)
                .containsExactly(200, "ready, mode normal\n");

        snapshot = Snapshots::untrusted;
        assertThat(get("/readyz"))
                .extracting(Response::code, Response::body)
                .containsExactly(503, "this master does not trust itself now, mode normal\n");

        snapshot = () -> Snapshots.draining(2);
        assertThat(get("/readyz"))
                .extracting(Response::code, Response::body)
                .containsExactly(503, "draining, mode normal\n");
    }

    @Test
    void leader_is_the_housekeeper_and_with_a_scheduler_its_owner() throws Exception {
        assertThat(get("/leader").code()).isEqualTo(200);
        assertThat(get("/leader?scheduler=nightly+build").code()).isEqualTo(200);
        assertThat(get("/leader?x=1&scheduler=nightly%20build").code()).isEqualTo(200);
        assertThat(get("/leader?scheduler=other"))
                .extracting(Response::code, Response::body)
                .containsExactly(503, "m1 does not own other\n");
        assertThat(get("/leader?scheduler=%25zz").code()).isEqualTo(503);

        snapshot = Snapshots::untrusted;

        assertThat(get("/leader").code()).isEqualTo(503);
        assertThat(get("/leader?scheduler=nightly+build").code()).isEqualTo(503);
    }

    @Test
    void drainz_waits_for_the_last_claim() throws Exception {
        assertThat(get("/drainz").code()).isEqualTo(503);

        snapshot = () -> Snapshots.draining(2);
        assertThat(get("/drainz"))
                .extracting(Response::code, Response::body)
                .containsExactly(503, "draining, 2 claims held\n");

        snapshot = () -> Snapshots.draining(0);
        assertThat(get("/drainz").code()).isEqualTo(200);
    }

    @Test
    void status_is_json_with_everything_in_it() throws Exception {
        Response response = get("/status");

        assertThat(response.head()).contains("Content-type: application/json").contains("Cache-control: no-store");
        JsonNode json = new ObjectMapper().readTree(response.body());
        assertThat(json.path("format").asInt()).isEqualTo(1);
        assertThat(json.path("master").asText()).isEqualTo("m1");
        assertThat(json.path("epoch").asLong()).isEqualTo(41);
        assertThat(json.path("mode").asText()).isEqualTo("normal");
        assertThat(json.path("spooled_completions").asInt()).isEqualTo(2);
        assertThat(json.path("spool_bytes").asLong()).isEqualTo(386);
        assertThat(json.path("trust_remaining_seconds").asDouble()).isEqualTo(3.5);
        assertThat(json.path("leader_epoch").asLong()).isEqualTo(9);
        assertThat(json.path("schedulers").path(0).path("term").asLong()).isEqualTo(7);
        assertThat(json.path("gateway"))
                .hasToString("{\"address\":\"0.0.0.0:9989\",\"connections\":3,\"connections_max\":1000,"
                        + "\"workers\":{\"m1\":1,\"m2\":2}}");
        assertThat(json.path("loops").path(0).path("loop").asText()).isEqualTo("claims");
    }

    @Test
    void metrics_are_served_as_prometheus_text() throws Exception {
        metrics.unknown();

        Response response = get("/metrics");

        assertThat(response.head()).contains("Content-type: text/plain; version=0.0.4; charset=utf-8");
        assertThat(response.body()).contains("\nquorate_unknown_outcomes_total 1.0\n");
    }

    @Test
    void only_get_and_head_are_answered() throws Exception {
        for (String method : List.of("POST", "PUT", "DELETE", "OPTIONS")) {
            Response response = ask(method, "/livez", "localhost");
            assertThat(response.code()).as(method).isEqualTo(405);
            assertThat(response.head()).contains("Allow: GET, HEAD");
        }
        assertThat(ask("HEAD", "/livez", "localhost"))
                .extracting(Response::code, Response::body)
                .containsExactly(200, "");
        assertThat(get("/nowhere").code()).isEqualTo(404);
        assertThat(get("/livez/").code()).isEqualTo(404);
    }

    @Test
    void on_loopback_a_foreign_host_name_is_refused() throws Exception {
        for (String host : List.of("localhost", "LOCALHOST:80", "127.0.0.1:8090", "127.1.2.3", "[::1]:8090")) {
            assertThat(ask("GET", "/status", host).code()).as(host).isEqualTo(200);
        }
        for (String host : List.of("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "[::2]")) {
            assertThat(ask("GET", "/status", host).code()).as(host).isEqualTo(403);
        }
    }

    @Test
    void a_snapshot_that_fails_is_answered_with_an_error() throws Exception {
        snapshot = () -> {
            throw new IllegalStateException("no snapshot");
        };

        assertThat(get("/status").code()).isEqualTo(500);
    }

    @Test
    void clients_that_send_nothing_do_not_keep_a_probe_waiting_for_ever() throws Exception {
        List<Socket> idle = new ArrayList<>();
        try {
            for (int i = 0; i < 12; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
                socket.getOutputStream().write("GET /livez HTTP/1.1\r\nHost: ".getBytes(StandardCharsets.US_ASCII));
                idle.add(socket);
            }

            assertThat(get("/livez").code()).isEqualTo(200);
        } catch (SocketTimeoutException e) {
            throw new AssertionError("slow clients hold all threads", e);
        } finally {
            for (Socket socket : idle) {
                socket.close();
            }
        }
    }

    @Test
    void a_status_server_whose_address_is_taken_names_it() {
        assertThatThrownBy(() ->
                        new StatusServer(new HostPort("127.0.0.1", server.port()), Snapshots::good, metrics::page))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("127.0.0.1:" + server.port() + " is taken");
    }

    @Test
    void closing_twice_or_before_the_start_is_fine_and_ends_the_threads() throws Exception {
        StatusServer unstarted = new StatusServer(new HostPort("localhost", 0), Snapshots::good, metrics::page);
        unstarted.close();
        unstarted.close();

        get("/livez");
        server.close();
        server.close();

        assertThatThrownBy(() -> get("/livez")).isInstanceOf(IOException.class);
    }

    @Test
    void a_close_waits_for_an_answer_under_way() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        snapshot = () -> {
            asked.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return Snapshots.good();
        };
        List<Response> responses = new ArrayList<>();
        Thread client = new Thread(() -> {
            try {
                responses.add(get("/livez"));
            } catch (IOException e) {
                // counted below
            }
        });
        client.start();
        asked.await();

        Thread closer = new Thread(server::close);
        closer.start();
        go.countDown();
        closer.join();
        client.join();

        assertThat(responses).extracting(Response::code).containsExactly(200);
    }
}
