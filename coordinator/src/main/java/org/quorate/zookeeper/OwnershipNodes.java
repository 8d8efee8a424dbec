package org.quorate.zookeeper;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.zookeeper.CreateMode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ephemeral nodes of schedulers: one for each owned scheduler, with the owner's name in it. They are hints by which
 * agents avoid competing; the term in the database decides. Thread-safe.
 */
final class OwnershipNodes {
    private static final Logger LOG = LoggerFactory.getLogger(OwnershipNodes.class);

    private final Session session;
    private final Paths paths;
    private final OwnerCache cache;
    private final Set<String> mine = ConcurrentHashMap.newKeySet();
    private final Set<String> reported = ConcurrentHashMap.newKeySet();

    OwnershipNodes(Session session, Paths paths, OwnerCache cache) {
        this.session = session;
        this.paths = paths;
        this.cache = cache;
    }

    boolean contend(String scheduler, String master) {
        String path = paths.scheduler(scheduler);
        Exchange exchange = session.exchange("contending for scheduler " + scheduler);
        // before the request: if its answer is lost it may still be carried out, and must be withdrawn like any other
        mine.add(scheduler);
        Optional<Node> found = createOrRead(exchange, path, master);
        if (found.filter(node -> isLeftBy(master, node, exchange)).isPresent()) {
            exchange.delete(path, found.get().version());
            found = createOrRead(exchange, path, master);
        }
        if (found.filter(node -> node.isOf(exchange.sessionId())).isPresent()) {
            cache.own(scheduler, master);
            return true;
        }
        mine.remove(scheduler);
        cache.changed(scheduler);
        found.filter(node -> !node.isEphemeral()).ifPresent(node -> reportOnce(scheduler, path));
        return false;
    }

    private static Optional<Node> createOrRead(Exchange exchange, String path, String master) {
        Optional<Node> created = exchange.create(path, master.getBytes(StandardCharsets.UTF_8), CreateMode.EPHEMERAL);
        return created.isPresent() ? created : exchange.read(path);
    }

    /**
     * Returns whether this agent left the node, in an earlier session or incarnation: no other agent has this master's
     * name.
     */
    private static boolean isLeftBy(String master, Node node, Exchange exchange) {
        return node.isEphemeral()
                && !node.isOf(exchange.sessionId())
                && node.text().filter(master::equals).isPresent();
    }

    void withdraw(String scheduler) {
        withdraw(List.of(scheduler));
    }

    void withdrawAll() {
        withdraw(List.copyOf(mine));
    }

    private void withdraw(Collection<String> schedulers) {
        if (schedulers.isEmpty()) {
            return;
        }
        Exchange exchange = session.exchange("withdrawing from " + schedulers.size() + " schedulers");
        Map<String, Integer> versions = new LinkedHashMap<>();
        exchange.readAll(schedulers.stream().map(paths::scheduler).toList()).forEach((path, node) -> {
            if (node.isOf(exchange.sessionId())) {
                versions.put(path, node.version());
            }
        });
        exchange.deleteAll(versions);
        schedulers.forEach(mine::remove);
        versions.keySet().forEach(path -> paths.schedulerAt(path).ifPresent(cache::disown));
    }

    private void reportOnce(String scheduler, String path) {
        if (reported.add(scheduler)) {
            LOG.error(
                    "the node {} in ZooKeeper is not ephemeral, so that nobody can own scheduler {}; delete it"
                            + " (zkCli.sh delete {})",
                    path,
                    scheduler,
                    path);
        }
    }
}
