package org.quorate.agent.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Well-formed messages with one wrong field, for each field of each method. Each is answered once, by a result or by
 * one line that names the mistake; a rejected message has no effect.
 */
class LinkFuzzTest {
    /** A link that carries more than 20 malformed lines is closed. */
    private static final int LINES_PER_LINK = 20;

    private static final JsonMapper JSON = new JsonMapper();
    private static final String ATTEMPT = "\"0b0ec9a4-9e52-4ad4-8f0c-0f8f6f0f1a11\"";

    /** The methods that a buildmaster calls, with parameters that are fine. */
    private static final Map<String, String> METHODS = Map.of(
            "heartbeat",
            "{}",
            "claim",
            "{\"slots\":{\"b\":1},\"limit\":1}",
            "complete",
            "{\"brid\":1,\"attempt\":" + ATTEMPT + ",\"results\":0}",
            "release",
            "{\"brid\":1,\"attempt\":" + ATTEMPT + ",\"why\":\"no worker\"}",
            "ended",
            "{\"brid\":1,\"attempt\":" + ATTEMPT + "}",
            "tick",
            "{\"scheduler\":\"s\",\"term\":1,\"occasion\":\"at 1\",\"at\":1,\"builders\":[\"b\"],\"priority\":0,"
                    + "\"reason\":\"r\",\"properties\":{}}",
            "publish",
            "{\"events\":[{\"keys\":[[\"builds\",\"5\",\"new\"]]}]}",
            "reboot",
            "{\"now\":true}");

    private static final List<String> HOSTILE = List.of(
            "null",
            "true",
            "-1",
            "0",
            "1.5",
            "1e999999",
            "99999999999999999999999999",
            "-9223372036854775809",
            "\"\"",
            "\"x\"",
            "\"a\\u0000b\"",
            "\"\\ud800\"",
            "\"'; drop table builders; --\"",
            "[]",
            "{}",
            "[null]",
            "[[]]",
            "[1,\"x\"]",
            "{\"\":1}",
            "{\"b\":-1}",
            "{\"b\":1e99}",
            "{\"b\":null}",
            "\"" + "x".repeat(200_000) + "\"",
            "[".repeat(900) + "]".repeat(900));

    @TempDir
    Path directory;

    private final InMemoryAgent agent = new InMemoryAgent();
    private Path socket;
    private LinkServer server;
    private RawBuildmaster raw;

    @BeforeEach
    void listen() {
        socket = directory.resolve("link/agent.sock");
        server = new LinkServer(socket, agent, System::nanoTime);
        server.start();
    }

    @AfterEach
    void close() throws Exception {
        raw.close();
        server.close();
    }

    @Test
    void every_field_of_every_method_may_be_anything_and_each_message_is_answered_once() throws Exception {
        List<String> lines = spoiled();
        assertThat(lines).hasSizeGreaterThan(500);

        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (i % LINES_PER_LINK == 0) {
                open();
            }
            JsonNode answer = raw.send(line).receive();
            assertThat(answer.has("result") != answer.has("error"))
                    .as(abbreviated(line))
                    .isTrue();
            if (answer.has("error")) {
                assertThat(answer.at("/error/message").asText())
                        .as(abbreviated(line))
                        .isNotBlank()
                        .doesNotContain("\n", "Exception", "at org.quorate")
                        .hasSizeLessThan(1_000);
            }
        }
        assertThat(agent.completions)
                .allSatisfy(completion -> assertThat(completion.brid()).isPositive());
    }

    @Test
    void neither_depth_nor_length_brings_the_agent_down() throws Exception {
        for (String line : List.of(
                "[".repeat(500_000),
                "{\"a\":".repeat(100_000),
                request("claim", "[".repeat(5_000) + "]".repeat(5_000)),
                "{\"jsonrpc\":\"2.0\",\"id\":" + "9".repeat(5_000) + ",\"method\":\"claim\"}",
                "\"" + "\\u00e9".repeat(100_000) + "\"")) {
            open();
            assertThat(raw.send(line).receiveError()).as(abbreviated(line)).isNegative();
            assertThat(raw.send(request("claim", METHODS.get("claim")))
                            .receive()
                            .has("result"))
                    .isTrue();
        }
    }

    /** Opens a new link, after the agent has noticed that the last one is closed. */
    private void open() throws Exception {
        if (raw != null) {
            raw.close();
            int links = agent.links.size();
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(2))
                    .until(() -> agent.closings.size() == links);
        }
        raw = new RawBuildmaster(socket);
        assertThat(raw.send(RawBuildmaster.HELLO).receive().has("result")).isTrue();
    }

    private static List<String> spoiled() throws Exception {
        List<String> lines = new ArrayList<>();
        for (Map.Entry<String, String> method : METHODS.entrySet()) {
            HOSTILE.forEach(hostile -> lines.add(request(method.getKey(), hostile)));
            ObjectNode params = (ObjectNode) JSON.readTree(method.getValue());
            for (String field : (Iterable<String>) params::fieldNames) {
                ObjectNode without = params.deepCopy();
                without.remove(field);
                lines.add(request(method.getKey(), without.toString()));
                Stream.concat(HOSTILE.stream(), Stream.of(ATTEMPT))
                        .map(hostile -> method.getValue()
                                .replace("\"" + field + "\":" + params.get(field), "\"" + field + "\":" + hostile))
                        .forEach(spoiled -> lines.add(request(method.getKey(), spoiled)));
            }
        }
        return lines;
    }

    private static String request(String method, String params) {
        return "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"" + method + "\",\"params\":" + params + "}";
    }

    private static String abbreviated(String line) {
        return line.length() > 200 ? line.substring(0, 200) + "…" : line;
    }
}
