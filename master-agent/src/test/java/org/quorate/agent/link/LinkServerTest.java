package org.quorate.agent.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.quorate.claim.Completion;
import org.quorate.event.Batch;
import org.quorate.master.Fenced;
import org.quorate.scheduler.Ownership;

class LinkServerTest {
    private static final Duration SOON = Duration.ofMinutes(5);

    @TempDir
    Path directory;

    private final InMemoryAgent agent = new InMemoryAgent();
    private Path socket;
    private LinkServer server;

    @BeforeEach
    void listen() {
        socket = directory.resolve("link/agent.sock");
        server = new LinkServer(socket, agent, System::nanoTime);
        server.start();
    }

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void hello_is_answered_with_the_agents_answer() throws Exception {
        try (RawBuildmaster raw = new RawBuildmaster(socket)) {
            JsonNode answer = raw.send(RawBuildmaster.HELLO).receive();

            assertThat(answer.path("id").asInt()).isEqualTo(1);
            assertThat(answer.path("result").path("masterid").asInt()).isEqualTo(7);
            assertThat(answer.path("result").path("epoch").asLong()).isEqualTo(41);
        }
    }

    @Test
    void claims_and_completions_pass_both_ways() throws Exception {
        agent.submit(5, "b", "{\"a\":\"ü\"}");
        try (RawBuildmaster raw = open()) {
            JsonNode claim = raw.send(request(2, "claim", "{\"slots\":{\"b\":1},\"limit\":1}"))
                    .receive()
                    .at("/result/claims/0");
            String attempt = claim.path("attempt").asText();
            JsonNode answer = raw.send(
                            request(3, "complete", "{\"brid\":5,\"attempt\":\"" + attempt + "\",\"results\":0}"))
                    .receive();

            assertThat(claim.at("/properties/a").asText()).isEqualTo("ü");
            assertThat(answer.at("/result/accepted").asBoolean()).isTrue();
            assertThat(agent.completions).extracting(Completion::brid).containsExactly(5);
        }
    }

    @Test
    void a_heartbeat_is_answered_with_nothing_and_keeps_the_promise_of_the_hello() throws Exception {
        try (RawBuildmaster raw = new RawBuildmaster(socket)) {
            raw.send(RawBuildmaster.HELLO.replace("\"protocol\":1", "\"protocol\":1,\"heartbeatMillis\":700"))
                    .receive();
            assertThat(agent.link().promised()).contains(Duration.ofMillis(700));
            assertThat(agent.link().spoke()).as("the hello").isTrue();
            assertThat(agent.link().spoke()).isFalse();

            JsonNode answer = raw.send(request(2, "heartbeat", "{}")).receive();

            assertThat(answer.path("result").isEmpty()).isTrue();
            assertThat(answer.has("error")).isFalse();
            assertThat(agent.link().spoke()).isTrue();
        }
    }

    @Test
    void a_heartbeat_interval_out_of_bounds_is_rejected_and_none_is_fine() throws Exception {
        try (RawBuildmaster raw = new RawBuildmaster(socket)) {
            assertThat(raw.send(RawBuildmaster.HELLO.replace("\"protocol\":1", "\"protocol\":1,\"heartbeatMillis\":5"))
                            .receiveError())
                    .isEqualTo(-32602);
        }
        try (RawBuildmaster raw = open()) {
            assertThat(raw.send(request(2, "heartbeat", "{}")).receive().has("result"))
                    .isTrue();
            assertThat(agent.link().promised()).isEmpty();
        }
    }

    @Test
    void the_agents_messages_arrive_in_order() throws Exception {
        try (RawBuildmaster raw = open()) {
            Link link = agent.link();
            link.lease(Duration.ofMillis(3900));
            link.own(new Ownership("nightly", 1L << 62, true, 5, 6));
            link.disown("nightly");
            link.due("after", List.of(1, 2));
            link.cancel(4, "why not");
            link.drain(true);
            link.wake();
            link.fence("over");

            assertThat(raw.receive().at("/params/remainingMillis").asInt()).isEqualTo(3900);
            assertThat(raw.receive().at("/params/term").asLong()).isEqualTo(1L << 62);
            assertThat(raw.receive().path("method").asText()).isEqualTo("disown");
            assertThat(raw.receive().at("/params/buildsets").toString()).isEqualTo("[1,2]");
            assertThat(raw.receive().path("method").asText()).isEqualTo("cancel");
            assertThat(raw.receive().at("/params/on").asBoolean()).isTrue();
            assertThat(raw.receive().path("method").asText()).isEqualTo("wake");
            assertThat(raw.receive().at("/params/why").asText()).isEqualTo("over");
        }
    }

    @Test
    void each_kind_of_mistake_has_its_error_and_the_link_lives_on() throws Exception {
        try (RawBuildmaster raw = open()) {
            assertThat(raw.send("{\"jsonrpc\"").receiveError()).isEqualTo(-32700);
            assertThat(raw.bytes(new byte[] {(byte) 0xc3, (byte) 0x28, '\n'}).receiveError())
                    .isEqualTo(-32700);
            assertThat(raw.send("{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"claim\"}")
                            .receiveError())
                    .isEqualTo(-32700);
            assertThat(raw.send("[]").receiveError()).isEqualTo(-32600);
            assertThat(raw.send("{\"id\":1,\"method\":\"claim\"}").receiveError())
                    .isEqualTo(-32600);
            assertThat(raw.send(request(2, "reboot", "{}")).receiveError()).isEqualTo(-32601);
            assertThat(raw.send(request(3, "claim", "[1]")).receiveError()).isEqualTo(-32602);
            assertThat(raw.send(request(4, "claim", "{\"slots\":{\"b\":-1},\"limit\":1}"))
                            .receiveError())
                    .isEqualTo(-32602);
            assertThat(raw.send(request(5, "complete", "{\"brid\":1,\"attempt\":\"x\",\"results\":0}"))
                            .receiveError())
                    .isEqualTo(-32602);
            assertThat(raw.send(RawBuildmaster.HELLO).receiveError()).isEqualTo(-32002);

            JsonNode answer = raw.send(request(9, "claim", "{\"slots\":{\"b\":1},\"limit\":1}"))
                    .receive();
            assertThat(answer.at("/result/claims").isArray()).isTrue();
        }
    }

    @Test
    void an_error_names_the_field_and_what_was_found() throws Exception {
        try (RawBuildmaster raw = open()) {
            JsonNode error = raw.send(request(2, "claim", "{\"slots\":{},\"limit\":\"many\"}"))
                    .receive()
                    .path("error");

            assertThat(error.path("message").asText())
                    .isEqualTo("\"limit\" of claim must be a whole number from 0 to 100000; found \"many\"");
        }
    }

    @Test
    void retry_is_not_a_completion() throws Exception {
        try (RawBuildmaster raw = open()) {
            String complete = "{\"brid\":1,\"attempt\":\"0b0ec9a4-9e52-4ad4-8f0c-0f8f6f0f1a11\",\"results\":5}";

            assertThat(raw.send(request(2, "complete", complete)).receiveError())
                    .isEqualTo(-32602);
        }
    }

    @Test
    void another_protocol_version_is_refused_with_the_supported_one() throws Exception {
        try (RawBuildmaster raw = new RawBuildmaster(socket)) {
            JsonNode error = raw.send(RawBuildmaster.HELLO.replace("\"protocol\":1", "\"protocol\":2"))
                    .receive()
                    .path("error");

            assertThat(error.path("code").asInt()).isEqualTo(-32004);
            assertThat(error.path("message").asText()).isEqualTo("protocol 2 is not supported; supported: 1");
        }
    }

    @Test
    void nothing_is_served_before_hello() throws Exception {
        try (RawBuildmaster raw = new RawBuildmaster(socket)) {
            assertThat(raw.send(request(2, "claim", "{\"slots\":{},\"limit\":1}"))
                            .receiveError())
                    .isEqualTo(-32002);
            assertThat(raw.send(request(3, "publish", "{\"events\":[]}")).receiveError())
                    .isEqualTo(-32002);
        }
    }

    @Test
    void a_fenced_tick_and_an_unreachable_database_have_their_own_codes() throws Exception {
        String tick =
                "{\"scheduler\":\"s\",\"term\":1,\"occasion\":\"at x\",\"at\":1,\"builders\":[\"b\"],\"priority\":0,"
                        + "\"reason\":\"\",\"properties\":{}}";
        try (RawBuildmaster raw = open()) {
            agent.ticking = each -> {
                throw new Fenced("term 1 of s is fenced by 2");
            };
            assertThat(raw.send(request(2, "tick", tick)).receiveError()).isEqualTo(-32001);
            agent.ticking = each -> {
                throw new IllegalStateException("the database cannot be reached");
            };
            assertThat(raw.send(request(3, "tick", tick)).receiveError()).isEqualTo(-32000);
        }
    }

    @Test
    void hello_may_name_change_sources_a_port_for_workers_and_what_was_heard() throws Exception {
        try (RawBuildmaster raw = new RawBuildmaster(socket)) {
            raw.send(hello("\"changeSources\":[\"git\",\"pb:9989\"],\"workerPort\":9989,"
                            + "\"events\":{\"cursor\":{\"3\":4611686018427387904,\"0\":80}}"))
                    .receive();
        }

        Hello hello = agent.hellos.get(0);
        assertThat(hello.changeSources()).containsExactly("git", "pb:9989");
        assertThat(hello.services()).containsExactly("changesource:git", "changesource:pb:9989");
        assertThat(hello.workerPort()).hasValue(9989);
        assertThat(hello.heard()).contains(Map.of(3, 1L << 62, 0, 80L));
    }

    @Test
    void a_hello_without_optional_fields_has_none_of_them() throws Exception {
        open().close();
        try (RawBuildmaster raw = new RawBuildmaster(socket)) {
            raw.send(hello("\"changeSources\":null,\"workerPort\":null,\"events\":null"))
                    .receive();
        }
        try (RawBuildmaster raw = new RawBuildmaster(socket)) {
            raw.send(hello("\"events\":{\"cursor\":{}}")).receive();
        }

        for (Hello hello : agent.hellos.subList(0, 2)) {
            assertThat(hello.services()).isEmpty();
            assertThat(hello.workerPort()).isEmpty();
            assertThat(hello.heard()).isEmpty();
        }
        assertThat(agent.hellos.get(2).heard()).contains(Map.of());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"changeSources\":\"git\"",
                "\"changeSources\":[1]",
                "\"changeSources\":[\"\"]",
                "\"changeSources\":[\"a\\nb\"]",
                "\"changeSources\":[\"git\",\"git\"]",
                "\"workerPort\":0",
                "\"workerPort\":65536",
                "\"workerPort\":\"9989\"",
                "\"events\":{}",
                "\"events\":[]",
                "\"events\":{\"cursor\":[]}",
                "\"events\":{\"cursor\":{\"m1\":5}}",
                "\"events\":{\"cursor\":{\"-1\":5}}",
                "\"events\":{\"cursor\":{\"99999999999\":5}}",
                "\"events\":{\"cursor\":{\"1\":\"5\"}}",
                "\"events\":{\"cursor\":{\"1\":5.0}}"
            })
    void a_malformed_field_of_hello_is_refused(String field) throws Exception {
        try (RawBuildmaster raw = new RawBuildmaster(socket)) {
            assertThat(raw.send(hello(field)).receiveError()).isEqualTo(-32602);
        }
        assertThat(agent.hellos).isEmpty();
    }

    @Test
    void a_scheduler_may_not_be_named_as_change_sources_are() throws Exception {
        try (RawBuildmaster raw = new RawBuildmaster(socket)) {
            String named = RawBuildmaster.HELLO.replace(
                    "\"schedulers\":[]", "\"schedulers\":[{\"name\":\"changesource:git\",\"kind\":\"x\"}]");

            assertThat(raw.send(named).receiveError()).isEqualTo(-32602);
        }
    }

    @Test
    void a_build_that_the_buildmaster_ended_itself_is_acknowledged() throws Exception {
        String attempt = "\"attempt\":\"0b0ec9a4-9e52-4ad4-8f0c-0f8f6f0f1a11\"";
        try (RawBuildmaster raw = open()) {
            assertThat(raw.send(request(2, "ended", "{\"brid\":18," + attempt + "}"))
                            .receive()
                            .path("result")
                            .toString())
                    .isEqualTo("{}");
            assertThat(raw.send(request(3, "ended", "{\"brid\":0," + attempt + "}"))
                            .receiveError())
                    .isEqualTo(-32602);
            assertThat(raw.send(request(4, "ended", "{\"brid\":18}")).receiveError())
                    .isEqualTo(-32602);
        }
        assertThat(agent.ended).containsExactly(18);
    }

    @Test
    void published_events_are_passed_on_to_the_last_digit() throws Exception {
        String events = "[{\"keys\":[[\"builds\",\"5\",\"new\"]],\"message\":{\"z\":1.10,"
                + "\"a\":12345678901234567890.12345678901,"
                + "\"big\":123456789012345678901234567890,\"e\":1E+2,"
                + "\"odd\":\"\\u0000\\uD800\\u00E9\",\"none\":null}},"
                + "{\"keys\":[]}]";
        try (RawBuildmaster raw = open()) {
            assertThat(raw.send(request(2, "publish", "{\"events\":" + events + "}"))
                            .receive()
                            .path("result")
                            .toString())
                    .isEqualTo("{}");
            agent.link().events(new Batch(3, 121, agent.published.get(0)));

            assertThat(raw.receiveLine())
                    .isEqualTo("{\"jsonrpc\":\"2.0\",\"method\":\"events\",\"params\":{"
                            + "\"masterid\":3,\"seq\":121,\"events\":"
                            + events + "}}");
        }
        assertThat(agent.published).containsExactly(events);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"events\":{}}",
                "{\"events\":[1]}",
                "{\"events\":[{}]}",
                "{\"events\":[{\"keys\":\"builds\"}]}",
                "{\"events\":[{\"keys\":[\"builds\"]}]}",
                "{\"events\":[{\"keys\":[[\"builds\",5]]}]}"
            })
    void malformed_events_of_a_buildmaster_are_refused(String params) throws Exception {
        try (RawBuildmaster raw = open()) {
            assertThat(raw.send(request(2, "publish", params)).receiveError()).isEqualTo(-32602);
        }
        assertThat(agent.published).isEmpty();
    }

    @Test
    void a_publication_that_is_impossible_now_and_one_of_a_fenced_master_have_their_own_codes() throws Exception {
        try (RawBuildmaster raw = open()) {
            agent.publishing = events -> {
                throw new IllegalStateException("the database cannot be reached");
            };
            assertThat(raw.send(request(2, "publish", "{\"events\":[]}")).receiveError())
                    .isEqualTo(-32000);
            agent.publishing = events -> {
                throw new Fenced("epoch 41 is over");
            };
            assertThat(raw.send(request(3, "publish", "{\"events\":[]}")).receiveError())
                    .isEqualTo(-32001);
        }
    }

    @Test
    void events_that_cannot_be_sent_are_left_out_and_those_after_them_follow() throws Exception {
        try (RawBuildmaster raw = open()) {
            agent.link().events(new Batch(0, 7, "[".repeat(100) + "]".repeat(100)));
            agent.link().events(new Batch(0, 8, "[{\"keys\":[]}]"));

            assertThat(raw.receive().path("params").toString()).isEqualTo("{\"masterid\":0,\"seq\":7,\"events\":[]}");
            assertThat(raw.receive().at("/params/seq").asInt()).isEqualTo(8);
        }
    }

    @Test
    void a_buildmaster_that_does_not_read_is_behind() throws Exception {
        try (SocketChannel deaf = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            deaf.write(ByteBuffer.wrap((RawBuildmaster.HELLO + "\n").getBytes(StandardCharsets.UTF_8)));
            await().atMost(SOON).until(() -> agent.links.size() == 1);
            assertThat(agent.link().isBehind()).isFalse();
            Batch lengthy = new Batch(0, 1, "[\"" + "x".repeat(1024 * 1024) + "\"]");

            await().atMost(SOON).until(() -> {
                if (!agent.link().isBehind()) {
                    agent.link().events(lengthy);
                }
                return agent.link().isBehind();
            });
            assertThat(agent.link().isOpen()).isTrue();
        }
    }

    @Test
    void an_oversized_line_costs_an_error_and_no_memory() throws Exception {
        try (RawBuildmaster raw = open()) {
            byte[] mebibyte = "x".repeat(1024 * 1024).getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < 40; i++) {
                raw.bytes(mebibyte);
            }
            assertThat(raw.send("").receiveError()).isEqualTo(-32600);

            assertThat(raw.send(request(9, "claim", "{\"slots\":{},\"limit\":1}"))
                            .receive()
                            .has("result"))
                    .isTrue();
        }
    }

    @Test
    void a_line_may_arrive_in_pieces_and_half_a_line_at_the_end_is_dropped() throws Exception {
        try (RawBuildmaster raw = new RawBuildmaster(socket)) {
            for (byte one : (RawBuildmaster.HELLO + "\n").getBytes(StandardCharsets.UTF_8)) {
                raw.bytes(new byte[] {one});
            }
            assertThat(raw.receive().has("result")).isTrue();
            raw.bytes("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"com".getBytes(StandardCharsets.UTF_8));
        }

        await().atMost(SOON).until(() -> agent.closings.size() == 1);
        assertThat(agent.completions).isEmpty();
    }

    @Test
    void a_peer_that_sends_only_rubbish_is_closed() throws Exception {
        try (RawBuildmaster raw = open()) {
            for (int i = 0; i < 21; i++) {
                raw.send("rubbish");
            }

            raw.awaitEnd();
        }
        await().atMost(SOON).until(() -> agent.closings.size() == 1);
        assertThat(agent.closings.get(0)).isEqualTo("more than 20 malformed lines");
    }

    @Test
    void the_closing_of_the_connection_is_reported_once() throws Exception {
        open().close();

        await().atMost(SOON).until(() -> agent.closings.size() == 1);
        open().close();
        await().atMost(SOON).until(() -> agent.closings.size() == 2);
    }

    @Test
    void a_second_buildmaster_gets_an_error_and_is_closed_while_the_first_is_served_on() throws Exception {
        try (RawBuildmaster first = open();
                RawBuildmaster second = new RawBuildmaster(socket)) {
            assertThat(second.receiveError()).isEqualTo(-32003);
            second.awaitEnd();

            assertThat(first.send(request(9, "claim", "{\"slots\":{},\"limit\":1}"))
                            .receive()
                            .has("result"))
                    .isTrue();
            assertThat(agent.hellos).hasSize(1);
        }
    }

    @Test
    void a_buildmaster_that_does_not_read_is_disconnected_and_never_blocks_the_agent() throws Exception {
        try (SocketChannel deaf = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            deaf.write(ByteBuffer.wrap((RawBuildmaster.HELLO + "\n").getBytes(StandardCharsets.UTF_8)));
            await().atMost(SOON).until(() -> agent.links.size() == 1);
            String lengthy = "x".repeat(1024 * 1024);

            await().atMost(SOON).until(() -> {
                agent.link().fence(lengthy);
                return agent.closings.size() == 1;
            });
        }
        assertThat(agent.closings.get(0)).contains("does not read");
    }

    @Test
    void thousands_of_random_lines_do_not_harm_the_agent() throws Exception {
        Random random = new Random(20261124);
        String alphabet = "{}[]\":,0123456789.-eE \\u\"jsonrpc2.0idmethodparamsclaimhelloresulterrornulltruefalse\0ü\t";
        for (int connection = 0; connection < 40; connection++) {
            try (RawBuildmaster raw = new RawBuildmaster(socket)) {
                for (int i = 0; i < 100; i++) {
                    raw.send(random.nextInt(4) == 0 ? mutated(random) : randomLine(random, alphabet));
                }
            } catch (IOException e) {
                // closed for too many malformed lines
            }
        }

        agent.submit(5, "b", "{}");
        await().atMost(SOON).ignoreExceptions().until(() -> {
            try (RawBuildmaster raw = new RawBuildmaster(socket)) {
                return raw.send(RawBuildmaster.HELLO).receive().has("result")
                        && raw.send(request(2, "claim", "{\"slots\":{\"b\":1},\"limit\":1}"))
                                .receive()
                                .has("result");
            } catch (AssertionError e) {
                return false;
            }
        });
    }

    @Test
    void a_stale_socket_is_replaced_but_not_one_where_somebody_listens() {
        LinkServer second = new LinkServer(socket, agent, System::nanoTime);
        assertThatThrownBy(second::start).hasMessageContaining("another agent listens at");

        server.close();
        second.start();
        assertThat(Files.exists(socket)).isTrue();
        second.close();
        assertThat(Files.exists(socket)).isFalse();
    }

    @Test
    void a_socket_left_by_a_killed_agent_is_replaced() throws Exception {
        Path left = directory.resolve("left/agent.sock");
        Files.createDirectory(
                left.getParent(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        dead.bind(UnixDomainSocketAddress.of(left));
        dead.close();
        assertThat(Files.exists(left)).isTrue();

        try (LinkServer second = new LinkServer(left, agent, System::nanoTime)) {
            second.start();
            new RawBuildmaster(left).send(RawBuildmaster.HELLO).receive();
        }
    }

    @Test
    void a_directory_that_others_may_enter_is_refused() throws Exception {
        Path open = Files.createDirectory(directory.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));

        assertThatThrownBy(() -> new LinkServer(open.resolve("agent.sock"), agent, System::nanoTime).start())
                .hasMessageContaining("chmod 700 " + open);
    }

    @Test
    void a_path_that_is_too_long_for_a_socket_is_refused_with_a_reason() {
        Path lengthy = directory.resolve("x".repeat(100)).resolve("agent.sock");

        assertThatThrownBy(() -> new LinkServer(lengthy, agent, System::nanoTime).start())
                .hasMessageContaining("at most 107 bytes");
    }

    @Test
    void a_file_that_is_no_socket_is_not_deleted() throws Exception {
        Path file = directory.resolve("link/precious");
        Files.writeString(file, "data");

        assertThatThrownBy(() -> new LinkServer(file, agent, System::nanoTime).start())
                .hasMessageContaining("is not a socket");
        assertThat(file).hasContent("data");
    }

    @Test
    void claims_that_do_not_fit_a_line_are_left_for_later() {
        assertThat(Wire.fitting(List.of(), 1)).isZero();
        Claim heavy = new Claim(
                new Attempt(1, UUID.randomUUID()), 1, "b", 1, 0, 0, "{\"a\":\"" + "x".repeat(2_000_000) + "\"}");

        assertThat(Wire.fitting(List.of(heavy, heavy), Peer.Limits.AGENT.write()))
                .isEqualTo(1);
    }

    /** These are the limits within which the properties of a claim are read from Buildbot's tables. */
    @Test
    void the_deepest_and_longest_values_of_properties_pass_the_link() throws Exception {
        String deep = "[".repeat(32) + "]".repeat(32);
        Claim claim = new Claim(
                new Attempt(1, UUID.randomUUID()),
                1,
                "b",
                1,
                0,
                0,
                "{\"deep\":" + deep + ",\"long\":0.00001" + "2".repeat(31) + "}");
        byte[] line = new Message.Answer(Wire.object().put("id", 1).get("id"), Wire.writeClaims(List.of(claim))).line();

        Message read = Message.parse(new String(line, StandardCharsets.US_ASCII));

        assertThat(Wire.claims(((Message.Answer) read).result())).containsExactly(claim);
    }

    private RawBuildmaster open() throws Exception {
        RawBuildmaster raw = new RawBuildmaster(socket);
        raw.send(RawBuildmaster.HELLO).receive();
        return raw;
    }

    private static String hello(String more) {
        return RawBuildmaster.HELLO.replace("\"running\":[]", "\"running\":[]," + more);
    }

    private static String request(int id, String method, String params) {
        return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":" + params + "}";
    }

    private static String randomLine(Random random, String alphabet) {
        StringBuilder line = new StringBuilder();
        int length = random.nextInt(200);
        for (int i = 0; i < length; i++) {
            line.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return line.toString();
    }

    private static String mutated(Random random) {
        StringBuilder line = new StringBuilder(RawBuildmaster.HELLO);
        for (int i = random.nextInt(5); i >= 0; i--) {
            int at = random.nextInt(line.length());
            line.setCharAt(at, (char) (32 + random.nextInt(95)));
        }
        return line.toString();
    }
}
