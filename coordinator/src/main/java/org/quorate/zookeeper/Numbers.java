package org.quorate.zookeeper;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.data.Stat;
import org.quorate.master.ZooKeeperUnreachable;

/**
 * The counter and the identity of the cluster in ZooKeeper. The counter issues fencing tokens: numbers that were never
 * issued before, which are those of ZooKeeper's own transactions. Thread-safe.
 */
final class Numbers {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final byte[] NOTHING = new byte[0];
    private static final int FORMAT = 1;

    private final Session session;
    private final Paths paths;
    /** What the cluster's node holds; empty until it was compared with the database's uuid. */
    private volatile byte[] kept = NOTHING;

    Numbers(Session session, Paths paths) {
        this.session = session;
        this.paths = paths;
    }

    long number() {
        Exchange exchange = session.exchange("taking a number");
        Optional<Stat> written = exchange.write(paths.epoch(), NOTHING, -1);
        if (written.isEmpty()) {
            exchange.create(paths.epoch(), NOTHING, CreateMode.PERSISTENT);
            written = exchange.write(paths.epoch(), NOTHING, -1);
        }
        return written.map(Stat::getMzxid)
                .orElseThrow(() -> new ZooKeeperUnreachable("something keeps deleting the node " + paths.epoch()));
    }

    UUID clusterUuid(UUID ours) {
        Exchange exchange = session.firstExchange("reading the cluster's identity");
        byte[] content = JSON.createObjectNode()
                .put("cluster_uuid", ours.toString())
                .put("format", FORMAT)
                .toString()
                .getBytes(StandardCharsets.UTF_8);
        if (exchange.create(paths.cluster(), content, CreateMode.PERSISTENT).isPresent()) {
            kept = content;
            return ours;
        }
        exchange.sync(paths.cluster());
        Optional<String> text = exchange.read(paths.cluster()).flatMap(Node::text);
        JsonNode json = text.flatMap(Numbers::parse).orElseThrow(this::unreadable);
        if (json.path("format").asInt(FORMAT) > FORMAT) {
            throw new IllegalStateException("the node " + paths.cluster() + " in ZooKeeper has format "
                    + json.path("format") + ", and this version of Quorate knows only " + FORMAT
                    + "; run the newer version");
        }
        UUID theirs = MemberJson.uuid(json.path("cluster_uuid")).orElseThrow(this::unreadable);
        if (theirs.equals(ours)) {
            kept = text.orElseThrow().getBytes(StandardCharsets.UTF_8);
        }
        return theirs;
    }

    /** Creates the cluster's node again if it was deleted while this agent belongs to the cluster. */
    void keepCluster(Exchange exchange) {
        byte[] content = kept;
        if (content.length > 0) {
            exchange.create(paths.cluster(), content, CreateMode.PERSISTENT);
        }
    }

    private static Optional<JsonNode> parse(String text) {
        try {
            return Optional.of(JSON.readTree(text));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    private IllegalStateException unreadable() {
        return new IllegalStateException("the node " + paths.cluster()
                + " in ZooKeeper does not hold the cluster's uuid; restore it, or, if no cluster of this name runs,"
                + " delete it (zkCli.sh delete " + paths.cluster() + ")");
    }
}
