package org.quorate.zookeeper;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import org.apache.zookeeper.CreateMode;
import org.quorate.identity.Pairing;
import org.quorate.identity.PairingNode;

/** The node that records the cluster, this ensemble's identity, and the database that the cluster uses. Thread-safe. */
final class ClusterNode implements PairingNode {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int FORMAT = 1;

    private final Session session;
    private final Paths paths;

    ClusterNode(Session session, Paths paths) {
        this.session = session;
        this.paths = paths;
    }

    @Override
    public Optional<Pairing> pairing() {
        return read(session.firstExchange("reading the cluster's identity")).map(this::parsed);
    }

    @Override
    public boolean pair(Optional<Pairing> before, Pairing after) {
        Exchange exchange = session.firstExchange("writing the cluster's identity");
        if (before.isEmpty()) {
            return exchange.create(paths.cluster(), content(after), CreateMode.PERSISTENT)
                    .isPresent();
        }
        return read(exchange)
                .filter(node -> before.equals(Optional.of(parsed(node))))
                .flatMap(node -> exchange.write(paths.cluster(), content(after), node.version()))
                .isPresent();
    }

    private Optional<Node> read(Exchange exchange) {
        exchange.sync(paths.cluster());
        return exchange.read(paths.cluster());
    }

    private static byte[] content(Pairing pairing) {
        ObjectNode json = JSON.createObjectNode()
                .put("cluster_uuid", pairing.cluster().toString())
                .put("ensemble_uuid", pairing.ensemble().toString())
                .put("database_uuid", pairing.database().toString())
                .put("format", FORMAT);
        pairing.formerEnsemble().ifPresent(former -> json.put("former_ensemble_uuid", former.toString()));
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    private Pairing parsed(Node node) {
        JsonNode json = node.text().flatMap(ClusterNode::parse).orElseThrow(this::unreadable);
        if (json.path("format").asInt(FORMAT) > FORMAT) {
            throw new IllegalStateException("the node " + paths.cluster() + " in ZooKeeper has format "
                    + json.path("format") + ", and this version of Quorate knows only " + FORMAT
                    + "; run the newer version");
        }
        return new Pairing(
                required(json, "cluster_uuid"),
                required(json, "ensemble_uuid"),
                MemberJson.uuid(json.path("former_ensemble_uuid")),
                required(json, "database_uuid"));
    }

    private static Optional<JsonNode> parse(String text) {
        try {
            return Optional.of(JSON.readTree(text));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    private UUID required(JsonNode json, String field) {
        return MemberJson.uuid(json.path(field)).orElseThrow(this::unreadable);
    }

    private IllegalStateException unreadable() {
        return new IllegalStateException("the node " + paths.cluster()
                + " in ZooKeeper does not hold the cluster's identity; restore it, or delete it (zkCli.sh delete "
                + paths.cluster() + ") and run quorate schema pair");
    }
}
