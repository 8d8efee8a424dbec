package org.quorate.agent.link;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.quorate.claim.Completion;
import org.quorate.claim.Results;
import org.quorate.claim.Turn;
import org.quorate.event.Batch;
import org.quorate.scheduler.Ownership;
import org.quorate.scheduler.Schedulers.TickResult;
import org.quorate.scheduler.Tick;

/** Converts the messages of the link to JSON and back; {@code LINK.md} is the specification. Pure. */
public final class Wire {
    /** The longest form of a character, as in {@code \\u00e9}. */
    private static final int MOST_BYTES_A_CHARACTER = 6;

    private static final int MOST_SLOTS = 100_000;

    private Wire() {}

    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    public static ObjectNode write(FreeSlots ask) {
        ObjectNode json = object().put("limit", ask.limit());
        ObjectNode slots = json.putObject("slots");
        ask.slots().forEach(slots::put);
        ask.attempt().ifPresent(attempt -> json.put("attempt", attempt.toString()));
        if (!ask.chosen().isEmpty()) {
            ObjectNode chosen = json.putObject("chosen");
            ask.chosen().forEach((builder, brids) -> brids.forEach(chosen.putArray(builder)::add));
        }
        return json;
    }

    static FreeSlots ask(Fields claim) {
        Fields slots = claim.fields("slots");
        Map<String, Integer> byBuilder = new LinkedHashMap<>();
        slots.names().forEach(name -> byBuilder.put(name, slots.integer(name, 0, MOST_SLOTS)));
        return new FreeSlots(
                byBuilder,
                claim.integer("limit", 0, MOST_SLOTS),
                claim.has("attempt") ? Optional.of(claim.uuid("attempt")) : Optional.empty(),
                claim.has("chosen") ? chosen(claim.fields("chosen")) : Map.of());
    }

    private static Map<String, List<Integer>> chosen(Fields chosen) {
        Map<String, List<Integer>> byBuilder = new LinkedHashMap<>();
        chosen.names().forEach(name -> byBuilder.put(name, chosen.integers(name)));
        return byBuilder;
    }

    static List<String> builders(Fields candidates) {
        return candidates.strings("builders");
    }

    static ObjectNode writeOffers(List<Offer> offers) {
        ObjectNode json = object();
        ArrayNode array = json.putArray("candidates");
        offers.forEach(offer -> array.addObject()
                .put("brid", offer.brid())
                .put("builder", offer.builder())
                .put("priority", offer.priority()));
        return json;
    }

    /** Returns how many of these claims, from the first on, are sure to fit one line. */
    static int fitting(List<Claim> claims, long lineBytes) {
        long room = lineBytes - 1000;
        int fitting = 0;
        for (Claim claim : claims) {
            room -= MOST_BYTES_A_CHARACTER
                            * (long) (claim.properties().length()
                                    + claim.builder().length())
                    + 1000;
            if (room < 0) {
                break;
            }
            fitting++;
        }
        return fitting;
    }

    static ObjectNode writeClaims(List<Claim> claims) {
        return object().set("claims", array(claims));
    }

    static ArrayNode array(List<Claim> claims) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        for (Claim claim : claims) {
            array.add(write(claim.attempt())
                    .put("builderid", claim.builderid())
                    .put("builder", claim.builder())
                    .put("buildsetid", claim.buildsetid())
                    .put("priority", claim.priority())
                    .put("submittedAt", claim.submittedAt())
                    .set("properties", parsed(claim.properties())));
        }
        return array;
    }

    public static List<Claim> claims(JsonNode result) {
        return claims(Fields.of("claim's answer", result));
    }

    static List<Claim> claims(Fields answer) {
        return answer.list(
                "claims",
                json -> new Claim(
                        attempt(json),
                        json.integer("builderid", 0, Integer.MAX_VALUE),
                        json.name("builder"),
                        json.integer("buildsetid", 0, Integer.MAX_VALUE),
                        json.integer("priority", Integer.MIN_VALUE, Integer.MAX_VALUE),
                        json.integer("submittedAt", Integer.MIN_VALUE, Integer.MAX_VALUE),
                        json.object("properties")));
    }

    public static ObjectNode write(Completion completion) {
        return write(completion.attempt()).put("results", completion.results());
    }

    static Completion completion(Fields json) {
        int results = json.integer("results", Results.SUCCESS, Results.CANCELLED);
        if (results == Results.RETRY) {
            throw LinkError.badParams("results 5 (retry) is not a completion: send release instead");
        }
        return new Completion(attempt(json), results);
    }

    public static ObjectNode write(Turn.Release release) {
        return write(release.attempt()).put("why", release.why());
    }

    static Turn.Release release(Fields json) {
        return new Turn.Release(attempt(json), json.text("why"));
    }

    /** Reads the attempt of a build that ended without a completion or release by the agent. */
    static Attempt ended(Fields json) {
        return attempt(json);
    }

    /** Reads the events to publish: a JSON array, unchanged. */
    static String publication(Fields json) {
        json.list("events", event -> {
            event.requirePaths("keys");
            return event;
        });
        return json.arrayText("events");
    }

    /**
     * Writes a batch of published events.
     *
     * @throws IllegalArgumentException the events are not a JSON array, or have a depth or length that this side cannot
     *     read
     */
    static ObjectNode write(Batch batch) {
        return object().put("masterid", batch.masterid())
                .put("seq", batch.seq())
                .set("events", parsed("events", batch.events(), JsonNode::isArray));
    }

    static ObjectNode writeAccepted(boolean accepted) {
        return object().put("accepted", accepted);
    }

    public static boolean accepted(JsonNode result) {
        return Fields.of("the answer", result).yes("accepted");
    }

    public static ObjectNode write(Tick tick) {
        ObjectNode json = object().put("scheduler", tick.scheduler())
                .put("term", tick.term())
                .put("occasion", tick.occasion())
                .put("at", tick.atEpochSecond())
                .put("priority", tick.priority())
                .put("reason", tick.reason());
        json.set("properties", parsed(tick.properties()));
        ArrayNode builders = json.putArray("builders");
        tick.builders().forEach(builders::add);
        return json;
    }

    static Tick tick(Fields json) {
        return new Tick(
                json.name("scheduler"),
                json.number("term"),
                json.name("occasion"),
                json.number("at"),
                json.strings("builders"),
                json.integer("priority", Integer.MIN_VALUE, Integer.MAX_VALUE),
                json.text("reason"),
                json.object("properties"));
    }

    static ObjectNode write(TickResult result) {
        return object().put("state", result.state().name().toLowerCase(Locale.ROOT))
                .put("buildsetid", result.buildsetid())
                .put("nowMillis", result.nowEpochMillis());
    }

    public static TickResult tickResult(JsonNode result) {
        Fields json = Fields.of("tick's answer", result);
        try {
            TickResult.State state = TickResult.State.valueOf(json.text("state").toUpperCase(Locale.ROOT));
            return new TickResult(state, json.integer("buildsetid", -1, Integer.MAX_VALUE), json.number("nowMillis"));
        } catch (IllegalArgumentException e) {
            throw LinkError.badParams("the state " + json.text("state") + " of a tick is not known");
        }
    }

    static ObjectNode write(Ownership own) {
        return object().put("scheduler", own.scheduler())
                .put("term", own.term())
                .put("enabled", own.enabled())
                .put("lastTick", own.lastTickEpochSecond())
                .put("nowMillis", own.nowEpochMillis());
    }

    public static Ownership ownership(Fields json) {
        return new Ownership(
                json.name("scheduler"),
                json.number("term"),
                json.yes("enabled"),
                json.number("lastTick"),
                json.number("nowMillis"));
    }

    static Attempt attempt(Fields json) {
        return new Attempt(brid(json), json.uuid("attempt"));
    }

    static ObjectNode write(Attempt attempt) {
        return object().put("brid", attempt.brid())
                .put("attempt", attempt.token().toString());
    }

    private static int brid(Fields json) {
        return json.integer("brid", 1, Integer.MAX_VALUE);
    }

    private static JsonNode parsed(String properties) {
        return parsed("properties", properties, JsonNode::isObject);
    }

    private static JsonNode parsed(String what, String text, Predicate<JsonNode> kind) {
        try {
            JsonNode json = Message.JSON.readTree(text);
            if (kind.test(json)) {
                return json;
            }
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(what + " are not JSON: " + e.getOriginalMessage(), e);
        }
        throw new IllegalArgumentException(what + " are JSON of the wrong kind");
    }
}
