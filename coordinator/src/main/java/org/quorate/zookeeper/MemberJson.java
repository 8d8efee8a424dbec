package org.quorate.zookeeper;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import org.quorate.master.Member;

/**
 * The content of a master's node, as JSON. Another version of Quorate may have written it, so unknown fields are
 * ignored, and only name and incarnation are required.
 */
final class MemberJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private MemberJson() {}

    /**
     * Returns the content for a member.
     *
     * @throws IllegalArgumentException if it is larger than a node may be
     */
    static byte[] write(Member member) {
        ObjectNode json = JSON.createObjectNode()
                .put("name", member.name())
                .put("incarnation", member.incarnation().toString())
                .put("epoch", member.epoch())
                .put("host", member.host())
                .put("capacity", member.capacity())
                .put("version", member.version());
        member.schedulers().forEach(json.putArray("schedulers")::add);
        member.workerPort().ifPresent(port -> json.put("workerPort", port));

        byte[] content = json.toString().getBytes(StandardCharsets.UTF_8);
        if (content.length > Node.MAX_CONTENT_BYTES) {
            throw new IllegalArgumentException("master " + member.name() + " has too much content for its node: "
                    + content.length + " bytes, where " + Node.MAX_CONTENT_BYTES + " are allowed; it names "
                    + member.schedulers().size() + " schedulers");
        }
        return content;
    }

    /** Returns the member; empty when the content does not describe one. */
    static Optional<Member> read(String content) {
        JsonNode json;
        try {
            json = JSON.readTree(content);
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
        if (!json.path("name").isTextual() || json.path("name").textValue().isEmpty()) {
            return Optional.empty();
        }
        return uuid(json.path("incarnation"))
                .map(incarnation -> new Member(
                        json.path("name").textValue(),
                        incarnation,
                        json.path("epoch").asLong(0),
                        json.path("host").asText(""),
                        Math.max(0, json.path("capacity").asInt(1)),
                        texts(json.path("schedulers")),
                        json.path("version").asText(""),
                        port(json.path("workerPort"))));
    }

    private static OptionalInt port(JsonNode json) {
        return json.isInt() && json.intValue() > 0 && json.intValue() <= 65_535
                ? OptionalInt.of(json.intValue())
                : OptionalInt.empty();
    }

    static Optional<UUID> uuid(JsonNode json) {
        try {
            return json.isTextual() ? Optional.of(UUID.fromString(json.textValue())) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static List<String> texts(JsonNode json) {
        List<String> texts = new ArrayList<>();
        json.forEach(element -> {
            if (element.isTextual()) {
                texts.add(element.textValue());
            }
        });
        return texts;
    }
}
