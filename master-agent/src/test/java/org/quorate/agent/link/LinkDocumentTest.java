package org.quorate.agent.link;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.quorate.agent.link.Message.Answer;
import org.quorate.agent.link.Message.Call;
import org.quorate.agent.link.Message.Failure;
import org.quorate.claim.Attempt;
import org.quorate.event.Batch;

/** {@code LINK.md} describes what the programs do. */
class LinkDocumentTest {
    @Test
    void every_request_of_the_document_is_understood_by_the_agent_and_written_so_by_the_buildmaster() throws Exception {
        for (Message message : messages()) {
            if (message instanceof Call call && call.id().isPresent()) {
                Fields fields = Fields.of(call.method(), call.params());
                ObjectNode written = switch (call.method()) {
                    case "hello" -> HelloWire.write(HelloWire.hello(fields));
                    case "heartbeat" -> Wire.object();
                    case "claim" -> Wire.write(Wire.ask(fields));
                    case "candidates" -> builders(Wire.builders(fields));
                    case "complete" -> Wire.write(Wire.completion(fields));
                    case "release" -> Wire.write(Wire.release(fields));
                    case "ended" -> written(Wire.ended(fields));
                    case "publish" -> Wire.object().set("events", Message.JSON.readTree(Wire.publication(fields)));
                    case "tick" -> Wire.write(Wire.tick(fields));
                    default -> throw new AssertionError("unknown in the document: " + call.method());
                };
                assertSame(written, call.params());
            }
        }
    }

    @Test
    void every_answer_of_the_document_is_understood_by_the_buildmaster_and_written_so_by_the_agent() throws Exception {
        List<Message> messages = messages();
        for (Message message : messages) {
            if (message instanceof Answer answer) {
                JsonNode result = answer.result();
                ObjectNode written = switch (methodOf(messages, answer.id())) {
                    case "hello" -> written(HelloWire.helloAnswer(result));
                    case "heartbeat" -> Wire.object();
                    case "claim" -> Wire.writeClaims(Wire.claims(result));
                    case "candidates" -> Wire.writeOffers(offers(result));
                    case "tick" -> Wire.write(Wire.tickResult(result));
                    case "ended", "publish" -> Wire.object();
                    default -> Wire.writeAccepted(Wire.accepted(result));
                };
                assertSame(written, result);
            }
        }
    }

    private static ObjectNode builders(List<String> builders) {
        ObjectNode json = Wire.object();
        builders.forEach(json.putArray("builders")::add);
        return json;
    }

    private static List<Offer> offers(JsonNode result) {
        return Fields.of("the answer", result)
                .list(
                        "candidates",
                        json -> new Offer(
                                json.integer("brid", 1, Integer.MAX_VALUE),
                                json.name("builder"),
                                json.integer("priority", Integer.MIN_VALUE, Integer.MAX_VALUE)));
    }

    @Test
    void every_method_of_both_sides_has_an_example() throws Exception {
        assertThat(messages().stream()
                        .filter(Call.class::isInstance)
                        .map(message -> ((Call) message).method())
                        .collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(
                        "hello",
                        "heartbeat",
                        "claim",
                        "candidates",
                        "complete",
                        "release",
                        "ended",
                        "tick",
                        "publish",
                        "lease",
                        "own",
                        "disown",
                        "due",
                        "wake",
                        "events",
                        "cancel",
                        "drain",
                        "database",
                        "fence");
    }

    @Test
    void the_ownership_of_the_document_is_read_and_written_so() throws Exception {
        for (Message message : messages()) {
            if (message instanceof Call call && call.method().equals("own")) {
                assertSame(Wire.write(Wire.ownership(Fields.of("own", call.params()))), call.params());
            }
        }
    }

    @Test
    void the_events_of_the_document_are_written_so_by_the_agent() throws Exception {
        for (Message message : messages()) {
            if (message instanceof Call call && call.method().equals("events")) {
                Fields fields = Fields.of("events", call.params());
                Batch batch = new Batch(
                        fields.integer("masterid", 0, Integer.MAX_VALUE),
                        fields.number("seq"),
                        fields.arrayText("events"));
                assertSame(Wire.write(batch), call.params());
            }
        }
    }

    private static ObjectNode written(HelloAnswer answer) {
        return HelloWire.write(answer, answer.claims());
    }

    private static ObjectNode written(Attempt ended) {
        return Wire.object()
                .put("brid", ended.brid())
                .put("attempt", ended.token().toString());
    }

    @Test
    void the_error_of_the_document_is_an_error() throws Exception {
        assertThat(messages().stream().filter(Failure.class::isInstance)).hasSize(1);
    }

    private static void assertSame(ObjectNode written, JsonNode documented) throws Exception {
        // compares the text, since a tree distinguishes an int from a long
        assertThat(Message.JSON.readTree(written.toString())).isEqualTo(Message.JSON.readTree(documented.toString()));
    }

    private static String methodOf(List<Message> messages, JsonNode id) {
        return messages.stream()
                .filter(message -> message instanceof Call call
                        && call.id().filter(id::equals).isPresent())
                .map(message -> ((Call) message).method())
                .findFirst()
                .orElseThrow();
    }

    private static List<Message> messages() throws Exception {
        Path document = Path.of("LINK.md");
        List<Message> messages = new ArrayList<>();
        for (String line : Files.readAllLines(Files.exists(document) ? document : Path.of("master-agent/LINK.md"))) {
            if (line.startsWith("{")) {
                messages.add(Message.parse(line));
            }
        }
        assertThat(messages).hasSizeGreaterThan(15);
        return messages;
    }
}
