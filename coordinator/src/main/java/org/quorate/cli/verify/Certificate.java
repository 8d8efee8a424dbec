package org.quorate.cli.verify;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.frame.HistoryWindow;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.Text;
import org.quorate.config.Secret;

/**
 * The results of {@code quorate verify} for a window of one database's history, as one JSON object in canonical form:
 * names in order, no white space. The seal {@code sha256} is the hash of that form without the two seals; the seal
 * {@code hmac_sha256}, if there is one, is the HMAC of the same bytes with a key. Both reveal an edit. The HMAC also
 * reveals an edit by somebody who computes the hash again, since that takes the key.
 */
final class Certificate {
    private static final String KIND = "Certificate";
    private static final String HASH = "sha256";
    private static final String HMAC = "hmac_sha256";
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final ObjectNode facts;
    private final String name;

    private Certificate(ObjectNode facts, String name) {
        this.facts = facts;
        this.name = name;
    }

    /** Makes a certificate of these facts and seals it. */
    static Certificate of(ObjectNode facts, Optional<Secret> key) {
        ObjectNode document = facts.deepCopy();
        document.put("kind", KIND);
        byte[] content = canonical(document).getBytes(StandardCharsets.UTF_8);
        document.put(HASH, hash(content));
        key.ifPresent(secret -> document.put(HMAC, hmac(content, secret)));
        return new Certificate(document, "the certificate");
    }

    /**
     * Reads a certificate in the form of {@link #text}, and rejects anything else. {@link #flaw} finds out whether it
     * was edited.
     *
     * @param name the certificate's name in messages
     */
    static Certificate read(String name, String text) {
        try {
            if (!(JSON.readTree(text) instanceof ObjectNode object)) {
                throw Failure.usage(name + " is no JSON object");
            }
            Certificate read = new Certificate(object, name);
            read.requireForm();
            return read;
        } catch (JsonProcessingException e) {
            throw Failure.usage(name + " is no JSON: " + Text.shortened(e.getOriginalMessage(), 200));
        }
    }

    private void requireForm() {
        if (!text("kind").equals(KIND)) {
            throw bad("is of kind '" + Text.shortened(text("kind"), 40) + "' instead of " + KIND);
        }
        for (String needed : List.of("cluster_uuid", HASH)) {
            if (text(needed).isEmpty()) {
                throw bad("lacks " + needed);
            }
        }
        if (window().until() == null) {
            throw bad("lacks the end of its window of the history");
        }
        if (!facts.path("history").path("rows").isIntegralNumber()
                || historyHash().isEmpty()) {
            throw bad("lacks the number of rows of the history, or their hash");
        }
        keptSince();
    }

    private Failure bad(String what) {
        return Failure.usage(name + " is no certificate: it " + what);
    }

    /** Returns what is wrong with the seals; empty: nothing, so the certificate was not edited. */
    Optional<String> flaw(Optional<Secret> key) {
        ObjectNode bare = facts.deepCopy();
        bare.remove(HASH);
        bare.remove(HMAC);
        byte[] content = canonical(bare).getBytes(StandardCharsets.UTF_8);
        if (!same(hash(content), text(HASH))) {
            return Optional.of("was edited: its " + HASH + " is not the hash of its content");
        }
        if (key.isPresent() && !isSigned()) {
            return Optional.of("was made without a key");
        }
        if (key.isPresent() && !same(hmac(content, key.get()), text(HMAC))) {
            return Optional.of(
                    "was edited, or made with another key: its " + HMAC + " does not fit its content and this key");
        }
        return Optional.empty();
    }

    boolean isSigned() {
        return facts.has(HMAC);
    }

    HistoryWindow window() {
        JsonNode window = facts.path("window");
        return new HistoryWindow(instant(window.path("since")), instant(window.path("until")));
    }

    private @Nullable Instant instant(JsonNode time) {
        try {
            return time.isTextual() ? Instant.parse(time.asText()) : null;
        } catch (DateTimeException e) {
            throw bad("has an invalid time: '" + Text.shortened(time.asText(), 40) + "'");
        }
    }

    String clusterUuid() {
        return text("cluster_uuid");
    }

    String cluster() {
        return text("cluster");
    }

    long rows() {
        return facts.path("history").path("rows").asLong();
    }

    String historyHash() {
        return facts.path("history").path(HASH).asText();
    }

    /** Returns the instant from which the history was kept when the certificate was made; null: from the beginning. */
    @Nullable Instant keptSince() {
        return instant(facts.path("history").path("kept_since"));
    }

    /** Returns check to result. */
    Map<String, String> results() {
        Map<String, String> results = new LinkedHashMap<>();
        facts.path("checks")
                .properties()
                .forEach(check -> results.put(check.getKey(), check.getValue().asText()));
        return results;
    }

    boolean isVerified() {
        return facts.path("verified").asBoolean();
    }

    /** Returns the canonical form, one line. */
    String text() {
        return canonical(facts);
    }

    private String text(String field) {
        return facts.path(field).asText();
    }

    private static boolean same(String left, String right) {
        return MessageDigest.isEqual(left.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));
    }

    private static String hash(byte[] content) {
        return HexFormat.of().formatHex(HistoryDigest.sha256().digest(content));
    }

    private static String hmac(byte[] content, Secret key) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.reveal().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(content));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    private static String canonical(JsonNode node) {
        try {
            return JSON.writeValueAsString(ordered(node));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode ordered(JsonNode node) {
        if (node.isObject()) {
            ObjectNode ordered = JsonNodeFactory.instance.objectNode();
            TreeSet<String> names = new TreeSet<>();
            node.fieldNames().forEachRemaining(names::add);
            names.forEach(name -> ordered.set(name, ordered(node.path(name))));
            return ordered;
        }
        if (node.isArray()) {
            ArrayNode ordered = JsonNodeFactory.instance.arrayNode();
            node.forEach(element -> ordered.add(ordered(element)));
            return ordered;
        }
        return node;
    }
}
