package org.quorate.agent.link;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.quorate.claim.Claim;
import org.quorate.scheduler.Schedulers;

/** The hello of a buildmaster and its answer, as JSON. */
public final class HelloWire {
    /** The only protocol version so far. */
    public static final int PROTOCOL = 1;

    private static final int MOST_SLOTS = 100_000;
    private static final Pattern MASTERID = Pattern.compile("0|[1-9][0-9]{0,8}");
    private static final int MOST_HEARTBEAT_MILLIS = 60_000;

    private HelloWire() {}

    public static ObjectNode write(Hello hello) {
        ObjectNode json = Wire.object()
                .put("protocol", PROTOCOL)
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
        hello.running().forEach(attempt -> running.add(Wire.write(attempt)));
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

    /** Reads a hello. Throws {@link LinkError} if it asks for another protocol version. */
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
                    throw LinkError.badParams(
                            "the scheduler " + name + " has a name that is reserved for change sources");
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

    /** Returns the heartbeat interval that a hello may promise for this connection. */
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

    /** {@code claims}: the part of the answer's claims that is sent. */
    static ObjectNode write(HelloAnswer answer, List<Claim> claims) {
        ObjectNode json = Wire.object()
                .put("protocol", PROTOCOL)
                .put("masterid", answer.masterid())
                .put("epoch", answer.epoch())
                .put("leaseMillis", answer.lease().toMillis())
                .put("draining", answer.draining());
        ArrayNode stop = json.putArray("stop");
        answer.stop().forEach(stop::add);
        if (!claims.isEmpty()) {
            json.set("claims", Wire.array(claims));
        }
        return json;
    }

    public static HelloAnswer helloAnswer(JsonNode result) {
        Fields json = Fields.of("hello's answer", result);
        return new HelloAnswer(
                json.integer("masterid", 0, Integer.MAX_VALUE),
                json.number("epoch"),
                json.integers("stop"),
                json.has("claims") ? Wire.claims(json) : List.of(),
                Duration.ofMillis(json.number("leaseMillis")),
                json.yes("draining"));
    }
}
