package org.quorate.agent.link;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/** One JSON-RPC 2.0 message. */
sealed interface Message {
    Pattern METHOD = Pattern.compile("[A-Za-z_][A-Za-z0-9_./-]{0,63}");

    /**
     * The parser and writer. It is strict where leniency would hide a mistake: no duplicate keys, nothing after the
     * value, a bounded depth. A value that is read and written again keeps every digit. Half a surrogate pair, which
     * UTF-8 cannot carry, stays an escape.
     */
    JsonMapper JSON = JsonMapper.builder(com.fasterxml.jackson.core.JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(64)
                            .maxNumberLength(40)
                            .maxStringLength(16 * 1024 * 1024)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    /** A request; without an id it is a notification. */
    record Call(Optional<JsonNode> id, String method, ObjectNode params) implements Message {}

    /** An answer to one of our own calls. */
    record Answer(JsonNode id, JsonNode result) implements Message {}

    /** An error for one of our own calls, or with a null id for a line that the other side could not read. */
    record Failure(JsonNode id, LinkError error) implements Message {}

    /**
     * A line that is not a well-formed message. It keeps the id, so that the error can be matched; null if there is
     * none.
     */
    final class Unreadable extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient JsonNode id;
        private final LinkError error;

        Unreadable(JsonNode id, int code, String sentence) {
            super(sentence, null, false, false);
            this.id = id;
            this.error = new LinkError(code, sentence);
        }

        JsonNode id() {
            return id;
        }

        LinkError error() {
            return error;
        }
    }

    /** Reads one line. */
    static Message parse(String line) throws Unreadable {
        JsonNode json = json(line);
        if (!json.isObject()) {
            throw new Unreadable(
                    NullNode.instance,
                    LinkError.NOT_A_MESSAGE,
                    json.isArray()
                            ? "batches are not supported: send one message on each line"
                            : "a message is a JSON object");
        }
        JsonNode id = json.path("id");
        JsonNode usableId = id.isTextual() || id.isIntegralNumber() ? id : NullNode.instance;
        if (!json.path("jsonrpc").asText("").equals("2.0")) {
            throw new Unreadable(usableId, LinkError.NOT_A_MESSAGE, "\"jsonrpc\" must be \"2.0\"");
        }
        if (!id.isMissingNode() && !id.isNull() && usableId.isNull()) {
            throw new Unreadable(usableId, LinkError.NOT_A_MESSAGE, "\"id\" must be a string or a whole number");
        }
        return json.has("method") ? call(json, usableId) : reply(json, usableId);
    }

    private static JsonNode json(String line) throws Unreadable {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new Unreadable(
                    NullNode.instance,
                    LinkError.NOT_JSON,
                    "the line is not JSON: " + firstLine(e.getOriginalMessage()));
        }
    }

    private static Message call(JsonNode json, JsonNode id) throws Unreadable {
        if (!METHOD.matcher(json.path("method").asText("")).matches()) {
            throw new Unreadable(id, LinkError.NOT_A_MESSAGE, "\"method\" must be a word");
        }
        JsonNode params = json.path("params");
        if (!params.isObject() && !params.isMissingNode()) {
            throw new Unreadable(
                    id, LinkError.BAD_PARAMS, "\"params\" must be an object: parameters are passed by name");
        }
        Optional<JsonNode> answerTo = json.has("id") ? Optional.of(id) : Optional.empty();
        return new Call(
                answerTo,
                json.path("method").asText(),
                params.isObject() ? (ObjectNode) params : JsonNodeFactory.instance.objectNode());
    }

    private static Message reply(JsonNode json, JsonNode id) throws Unreadable {
        JsonNode error = json.path("error");
        if (error.isObject()) {
            return new Failure(
                    id,
                    new LinkError(
                            error.path("code").asInt(LinkError.INTERNAL),
                            error.path("message").asText("no reason given")));
        }
        if (json.has("result")) {
            return new Answer(id, json.path("result"));
        }
        throw new Unreadable(id, LinkError.NOT_A_MESSAGE, "a message has a \"method\", a \"result\" or an \"error\"");
    }

    /** Returns the first line without control characters, so that it can be logged. */
    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("").replaceAll("\\p{Cntrl}", "?");
    }

    /** Returns this message as one line, including the line end. */
    default byte[] line() {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("jsonrpc", "2.0");
        if (this instanceof Call call) {
            call.id().ifPresent(id -> json.set("id", id));
            json.put("method", call.method()).set("params", call.params());
        } else if (this instanceof Answer answer) {
            json.set("id", answer.id());
            json.set("result", answer.result());
        } else if (this instanceof Failure failure) {
            json.set("id", failure.id());
            json.putObject("error")
                    .put("code", failure.error().code())
                    .put("message", failure.error().sentence());
        }
        return (text(json) + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** Returns the JSON as one line of ASCII. */
    static String text(JsonNode json) {
        try {
            return JSON.writeValueAsString(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree that was read cannot be written", e);
        }
    }
}
