package org.quorate.zookeeper;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.zookeeper.CreateMode;
import org.jspecify.annotations.Nullable;
import org.quorate.failpoint.Failpoint;
import org.quorate.master.Member;
import org.quorate.master.ZooKeeperUnreachable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nodes of the alive masters, including this agent's own. If a create succeeded, or found a node, that does not
 * prove whose node it is; only its {@code ephemeralOwner} does. Thread-safe.
 */
final class Registration {
    private static final Logger LOG = LoggerFactory.getLogger(Registration.class);
    private static final int ATTEMPTS = 3;

    private final Session session;
    private final Paths paths;
    private final Set<String> unreadable = ConcurrentHashMap.newKeySet();
    private volatile @Nullable String own;
    private volatile byte[] published = {};

    Registration(Session session, Paths paths) {
        this.session = session;
        this.paths = paths;
    }

    Optional<Member> join(Member self, Optional<UUID> predecessor) {
        String path = paths.master(self.name());
        byte[] content = MemberJson.write(self);
        Exchange exchange = session.firstExchange("joining as master " + self.name());
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            boolean created =
                    exchange.create(path, content, CreateMode.EPHEMERAL).isPresent();
            Failpoint.NODE_CREATED.reached();
            Optional<Node> found = exchange.read(path);
            if (found.isEmpty()) {
                continue;
            }

            Node node = found.get();
            if (node.isOf(exchange.sessionId())) {
                own = path;
                published = content;
                // without a change there is no event, which would wake every agent, and this one first
                if (!created && !node.holds(content)) {
                    exchange.write(path, content, node.version());
                }
                return Optional.empty();
            }
            refuseUnlessEphemeral(node, path);
            Member holder = memberAt(self.name(), node).orElse(silent(self.name()));
            if (!isOurs(holder, self, predecessor)) {
                return Optional.of(holder);
            }
            exchange.delete(path, node.version());
        }
        throw new ZooKeeperUnreachable("the node " + path + " changes faster than this agent can join");
    }

    void publish(Member self) {
        String path = paths.master(self.name());
        byte[] content = MemberJson.write(self);
        published = content;
        Exchange exchange = session.briefExchange("publishing master " + self.name());
        exchange.read(path)
                .filter(node -> node.isOf(exchange.sessionId()))
                .ifPresent(node -> exchange.write(path, content, node.version()));
    }

    /**
     * Includes a sync, which the leader of the ensemble must answer. A server that is cut off from the leader would
     * otherwise confirm a session that is lost.
     */
    boolean heartbeat() {
        Exchange exchange = session.briefExchange("heartbeat");
        String path = own;
        if (path == null) {
            return false;
        }
        exchange.sync(path);
        Optional<Node> node = exchange.read(path).filter(found -> found.isOf(exchange.sessionId()));
        node.filter(found -> !found.holds(published)).ifPresent(found -> publishAgain(exchange, path, found));
        return node.isPresent();
    }

    private void publishAgain(Exchange exchange, String path, Node node) {
        LOG.warn("the node {} did not hold what this agent wrote there; it is written again", path);
        exchange.write(path, published, node.version());
    }

    void leave() {
        String path = own;
        if (path == null) {
            return;
        }
        Exchange exchange = session.exchange("leaving");
        exchange.read(path)
                .filter(node -> node.isOf(exchange.sessionId()))
                .ifPresent(node -> exchange.delete(path, node.version()));
        own = null;
    }

    Map<String, Member> members() {
        Exchange exchange = session.exchange("reading the members");
        exchange.sync(paths.masters());
        List<String> nodes = exchange.children(paths.masters());

        Map<String, Member> members = new LinkedHashMap<>();
        exchange.readAll(
                        nodes.stream().map(node -> paths.masters() + "/" + node).toList())
                .forEach((path, node) -> NodeName.decode(path.substring(path.lastIndexOf('/') + 1))
                        .filter(name -> node.isEphemeral())
                        .ifPresent(name -> members.put(name, living(name, path, node))));
        return members;
    }

    /** Returns the member at a node. An ephemeral node proves that its session is alive, whatever its content. */
    private Member living(String name, String path, Node node) {
        Optional<Member> member = memberAt(name, node);
        if (member.isPresent()) {
            unreadable.remove(path);
        } else if (unreadable.add(path)) {
            LOG.warn(
                    "the content of the node {} cannot be read; master {} counts as alive and offers nothing",
                    path,
                    name);
        }
        return member.orElse(silent(name));
    }

    private static Optional<Member> memberAt(String name, Node node) {
        return node.text()
                .flatMap(MemberJson::read)
                .filter(member -> member.name().equals(name));
    }

    private static boolean isOurs(Member holder, Member self, Optional<UUID> predecessor) {
        return holder.incarnation().equals(self.incarnation())
                || predecessor.filter(holder.incarnation()::equals).isPresent();
    }

    private static Member silent(String name) {
        return new Member(name, new UUID(0, 0), 0, "(its node cannot be read)", 0, List.of(), "");
    }

    private static void refuseUnlessEphemeral(Node node, String path) {
        if (!node.isEphemeral()) {
            throw new IllegalStateException("the node " + path + " in ZooKeeper is not ephemeral, so that no agent made"
                    + " it and this master could never be seen dead; delete it (zkCli.sh delete " + path
                    + ") and start the agent again");
        }
    }
}
