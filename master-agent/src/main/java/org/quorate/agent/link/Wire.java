package org.quorate.agent.link;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.quorate.claim.Completion;
import org.quorate.claim.Results;
import org.quorate.claim.Turn;
import org.quorate.event.Batch;
import org.quorate.scheduler.Ownership;
import org.quorate.scheduler.Schedulers;
import org.quorate.scheduler.Schedulers.TickResult;
import org.quorate.scheduler.Tick;

/** How what is said over the link looks as JSON; {@code LINK.md} is its specification. Pure. */
public final class Wire {
    /** The only protocol version so far. */
    public static final int PROTOCOL = 1;

    /** As {@code \\u00e9}. */
    private static final int MOST_BYTES_A_CHARACTER = 6;

    private static final int MOST_SLOTS = 100_000;
    private static final Pattern MASTERID = Pattern.compile("0|[1-9][0-9]{0,8}");
    private static final int MOST_HEARTBEAT_MILLIS = 60_000;

    private Wire() {}

    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    public static ObjectNode write(Hello hello) {
        ObjectNode json = object().put("protocol", PROTOCOL)
                .put("name", hello.name())
                .put("version", hello.version())
                .put("slots", hello.slots());
        ArrayNode builders = json.putArray("builders");
        hello.builders().forEach(b -> builders.addObject().put("name", b.name()).put("slots", b.slots()));
        ArrayNode schedulers = json.putArray("schedulers");
        for (Hello.OfferedScheduler scheduler : hello.schedulers()) {
            ObjectNode one =
                    schedulers.addObject().put("name", scheduler.name()).put("kind", scheduler.kind());
            scheduler.upstream().ifPresent(upstream -> one.put("upstream", upstream));
        }
        ArrayNode running = json.putArray("running");
        hello.running().forEach(attempt -> running.add(write(attempt)));
        hello.unanswered().ifPresent(attempt -> json.put("unanswered", attempt.toString()));
        if (!hello.changeSources().isEmpty()) {
            hello.changeSources().forEach(json.putArray("changeSources")::add);
        }
        hello.workerPort().ifPresent(port -> json.put("workerPort", port));
        hello.heard().ifPresent(heard -> {
            ObjectNode cursor = json.putObject("events").putObject("cursor");
            heard.forEach((masterid, seq) -> cursor.put(masterid.toString(), seq));
        });
        return json;
    }

    /** Throws {@link LinkError} when another protocol is wanted. */
    static Hello hello(Fields json) {
        int protocol = json.integer("protocol", 0, Integer.MAX_VALUE);
        if (protocol != PROTOCOL) {
            throw new LinkError(
                    LinkError.UNSUPPORTED_PROTOCOL,
                    "protocol " + protocol + " is not supported; supported: " + PROTOCOL);
        }
        Hello hello = new Hello(
                json.name("name"),
                json.name("version"),
                json.integer("slots", 0, MOST_SLOTS),
                json.list("builders", b -> new Hello.Builder(b.name("name"), b.integer("slots", 0, MOST_SLOTS))),
                json.list(
                        "schedulers",
                        s -> new Hello.OfferedScheduler(s.name("name"), s.name("kind"), s.optionalName("upstream"))),
                json.list("running", Wire::attempt),
                json.has("unanswered") ? Optional.of(json.uuid("unanswered")) : Optional.empty(),
                json.has("changeSources") ? json.listOfNames("changeSources") : List.of(),
                json.has("workerPort") ? OptionalInt.of(json.integer("workerPort", 1, 65_535)) : OptionalInt.empty(),
                json.has("events") ? Optional.of(heard(json.fields("events").fields("cursor"))) : Optional.empty());
        refuseTwice("builder", hello.builders().stream().map(Hello.Builder::name));
        refuseTwice("scheduler", hello.schedulers().stream().map(Hello.OfferedScheduler::name));
        refuseTwice("change source", hello.changeSources().stream());
        hello.schedulers().stream()
                .map(Hello.OfferedScheduler::name)
                .filter(name -> name.startsWith(Schedulers.CHANGE_SOURCE))
                .findFirst()
                .ifPresent(name -> {
                    throw LinkError.badParams("the scheduler " + name + " is named as change sources are");
                });
        return hello;
    }

    private static Map<Integer, Long> heard(Fields cursor) {
        Map<Integer, Long> heard = new LinkedHashMap<>();
        for (String masterid : cursor.names()) {
            if (!MASTERID.matcher(masterid).matches()) {
                throw LinkError.badParams("\"" + masterid + "\" of the cursor must be a master's id");
            }
            heard.put(Integer.valueOf(masterid), cursor.number(masterid));
        }
        return heard;
    }

    /** What a hello may carry beside what it says of the buildmaster: a promise for this connection. */
    static Optional<Duration> heartbeat(Fields hello) {
        return hello.names().contains("heartbeatMillis")
                ? Optional.of(Duration.ofMillis(hello.integer("heartbeatMillis", 100, MOST_HEARTBEAT_MILLIS)))
                : Optional.empty();
    }

    private static void refuseTwice(String what, Stream<String> names) {
        List<String> all = names.toList();
        all.stream()
                .filter(name -> all.indexOf(name) != all.lastIndexOf(name))
                .findFirst()
                .ifPresent(name -> {
                    throw LinkError.badParams("the " + what + " " + name + " is named twice");
                });
    }

    /** {@code claims}: those of the answer's that are told. */
    static ObjectNode write(HelloAnswer answer, List<Claim> claims) {
        ObjectNode json = object().put("protocol", PROTOCOL)
                .put("masterid", answer.masterid())
                .put("epoch", answer.epoch())
                .put("leaseMillis", answer.lease().toMillis())
                .put("draining", answer.draining());
        ArrayNode stop = json.putArray("stop");
        answer.stop().forEach(stop::add);
        if (!claims.isEmpty()) {
            json.set("claims", array(claims));
        }
        return json;
    }

    public static HelloAnswer helloAnswer(JsonNode result) {
        Fields json = Fields.of("hello's answer", result);
        return new HelloAnswer(
                json.integer("masterid", 0, Integer.MAX_VALUE),
                json.number("epoch"),
                json.integers("stop"),
                json.has("claims") ? claims(json) : List.of(),
                Duration.ofMillis(json.number("leaseMillis")),
                json.yes("draining"));
    }

    public static ObjectNode write(FreeSlots ask) {
        ObjectNode json = object().put("limit", ask.limit());
        ObjectNode slots = json.putObject("slots");
        ask.slots().forEach(slots::put);
        ask.attempt().ifPresent(attempt -> json.put("attempt", attempt.toString()));
        return json;
    }

    static FreeSlots ask(Fields claim) {
        Fields slots = claim.fields("slots");
        Map<String, Integer> byBuilder = new LinkedHashMap<>();
        slots.names().forEach(name -> byBuilder.put(name, slots.integer(name, 0, MOST_SLOTS)));
        return new FreeSlots(
                byBuilder,
                claim.integer("limit", 0, MOST_SLOTS),
                claim.has("attempt") ? Optional.of(claim.uuid("attempt")) : Optional.empty());
    }

    /** How many of these claims, from the first on, fit one line, whatever their properties hold. */
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

    private static ArrayNode array(List<Claim> claims) {
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

    private static List<Claim> claims(Fields answer) {
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
            throw LinkError.badParams("results 5 (retry) is no completion: say release");
        }
        return new Completion(attempt(json), results);
    }

    public static ObjectNode write(Turn.Release release) {
        return write(release.attempt()).put("why", release.why());
    }

    static Turn.Release release(Fields json) {
        return new Turn.Release(attempt(json), json.text("why"));
    }

    /** A build that ended without a completion or release of the agent's. */
    static Attempt ended(Fields json) {
        return attempt(json);
    }

    /** What is to be published: a JSON array, as it came. */
    static String publication(Fields json) {
        json.list("events", event -> {
            event.requirePaths("keys");
            return event;
        });
        return json.arrayText("events");
    }

    /**
     * What was published.
     *
     * @throws IllegalArgumentException it is no JSON array, or of a depth or length that this side would not read
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

    private static Attempt attempt(Fields json) {
        return new Attempt(brid(json), json.uuid("attempt"));
    }

    private static ObjectNode write(Attempt attempt) {
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
