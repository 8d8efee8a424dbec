package org.quorate.agent.status;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.TreeMap;

/** Writes a snapshot as JSON: durations in seconds, nothing left out. Within a format keys are only added. */
final class SnapshotJson {
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final int FORMAT = 1;

    private SnapshotJson() {}

    static String of(AgentSnapshot snapshot) {
        ObjectNode json = MAPPER.createObjectNode();
        json.put("format", FORMAT);
        json.put("cluster", snapshot.cluster()).put("master", snapshot.master());
        json.put("version", snapshot.version());
        json.put("incarnation", snapshot.incarnation().toString()).put("epoch", snapshot.epoch());
        json.put("mode", snapshot.mode().word());
        json.put("trusted", snapshot.isTrusted()).put("trust_remaining_seconds", seconds(snapshot.trustRemaining()));
        json.put("ready", snapshot.isReady()).put("reason", snapshot.reason().orElse(""));
        json.put("leader", snapshot.isLeader())
                .put("leader_epoch", snapshot.leaderEpoch().orElse(0));
        json.put("draining", snapshot.draining());
        json.put("held", snapshot.held()).put("slots", snapshot.slots());
        json.put("failed_starts", snapshot.failedStarts());
        json.put("stalled_seconds", seconds(snapshot.silence()));
        json.put("spooled_completions", snapshot.spooled().completions())
                .put("spool_bytes", snapshot.spooled().bytes());
        json.put("up_seconds", seconds(snapshot.upFor()));
        ArrayNode schedulers = json.putArray("schedulers");
        snapshot.schedulers()
                .forEach(owned -> schedulers
                        .addObject()
                        .put("scheduler", owned.scheduler())
                        .put("term", owned.term()));
        json.putNull("gateway");
        snapshot.gateway().ifPresent(gateway -> add(gateway, json.putObject("gateway")));
        ArrayNode loops = json.putArray("loops");
        snapshot.loops()
                .forEach(pulse -> loops.addObject()
                        .put("loop", pulse.loop())
                        .put("age_seconds", seconds(pulse.age()))
                        .put("period_seconds", seconds(pulse.period()))
                        .put("late", pulse.isLate())
                        .put("trouble", pulse.trouble().orElse("")));
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
