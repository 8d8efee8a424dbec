package org.quorate.agent.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;

/** The agent's end of a link that is not started, so that a test decides the order of events. */
class BuildmasterLinkTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final InMemoryAgent agent = new InMemoryAgent();
    private SocketChannel channel;
    private BuildmasterLink link;

    @BeforeEach
    void open() throws IOException {
        channel = SocketChannel.open();
        link = new BuildmasterLink("test", channel, agent, System::nanoTime);
    }

    @AfterEach
    void close() throws IOException {
        channel.close();
    }

    private CompletableFuture<JsonNode> hello() {
        return link.receive("hello", (ObjectNode)
                read("{\"protocol\":1,\"name\":\"m1\",\"version\":\"0\",\"slots\":1,\"builders\":[],"
                        + "\"schedulers\":[],\"running\":[]}"));
    }

    private CompletableFuture<JsonNode> complete() {
        return link.receive(
                "complete", (ObjectNode) read("{\"brid\":5,\"attempt\":\"" + new UUID(1, 1) + "\",\"results\":0}"));
    }

    private static JsonNode read(String json) {
        try {
            return JSON.readTree(json);
        } catch (IOException e) {
            throw new IllegalArgumentException(json, e);
        }
    }

    @Test
    void a_request_before_hello_is_rejected() {
        assertThatThrownBy(this::complete).isInstanceOf(LinkError.class).hasMessageContaining("send hello first");
    }

    @Test
    void a_request_right_after_the_answer_to_hello_is_served_before_the_link_notes_that_the_answer_was_queued() {
        assertThat(hello()).isCompleted();

        assertThat(complete()).isCompleted();

        assertThat(agent.completions).hasSize(1);
        link.answered("hello", true);
        assertThat(complete()).isCompleted();
    }

    @Test
    void claims_of_an_unanswered_request_come_with_the_answer_to_hello() {
        agent.start = List.of(new Claim(new Attempt(7, new UUID(2, 2)), 1, "linux", 3, 0, 1_800_000_000, "{}"));

        assertThat(hello().join().path("claims").findValuesAsText("brid")).containsExactly("7");
        assertThat(agent.undelivered).isEmpty();
    }
}
