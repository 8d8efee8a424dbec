package org.quorate.agent.status;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.TreeMap;

/** The picture as JSON: durations in seconds, nothing left out, keys only added within a format. */
final class SnapshotJson {
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final int FORMAT = 1;

    private SnapshotJson() {}

    static String of(AgentSnapshot picture) {
        ObjectNode json = MAPPER.createObjectNode();
        json.put("format", FORMAT);
        json.put("cluster", picture.cluster()).put("master", picture.master());
        json.put("version", picture.version());
        json.put("incarnation", picture.incarnation().toString()).put("epoch", picture.epoch());
        json.put("mode", picture.mode().word());
        json.put("trusted", picture.isTrusted()).put("trust_remaining_seconds", seconds(picture.trustRemaining()));
        json.put("ready", picture.isReady()).put("reason", picture.reason().orElse(""));
        json.put("leader", picture.isLeader())
                .put("leader_epoch", picture.leaderEpoch().orElse(0));
        json.put("draining", picture.draining());
        json.put("held", picture.held()).put("slots", picture.slots());
        json.put("spooled_completions", picture.spooled().completions())
                .put("spool_bytes", picture.spooled().bytes());
        json.put("up_seconds", seconds(picture.upFor()));
        ArrayNode schedulers = json.putArray("schedulers");
        picture.schedulers()
                .forEach(owned -> schedulers
                        .addObject()
                        .put("scheduler", owned.scheduler())
                        .put("term", owned.term()));
        json.putNull("gateway");
        picture.gateway().ifPresent(gateway -> add(gateway, json.putObject("gateway")));
        ArrayNode loops = json.putArray("loops");
        picture.loops()
                .forEach(pulse -> loops.addObject()
                        .put("loop", pulse.loop())
                        .put("age_seconds", seconds(pulse.age()))
                        .put("period_seconds", seconds(pulse.period()))
                        .put("late", pulse.isLate()));
        return json + "\n";
    }

    private static void add(AgentSnapshot.Gateway gateway, ObjectNode json) {
        json.put("address", gateway.address().toString());
        json.put("connections", gateway.connections()).put("connections_max", gateway.connectionsMax());
        ObjectNode workers = json.putObject("workers");
        new TreeMap<>(gateway.workers()).forEach(workers::put);
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }
}
