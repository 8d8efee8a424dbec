package org.quorate.zookeeper;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.quorate.master.ZooKeeperUnreachable;

/**
 * A local cache of the owner of each scheduler. The watch reports which nodes changed, and these are read together.
 * After a reconnect everything is read again, because the watch does not report what happened meanwhile. Thread-safe.
 */
final class OwnerCache {
    private final Session session;
    private final Paths paths;
    private final Map<String, String> owners = new ConcurrentHashMap<>();
    private final Set<String> changed = ConcurrentHashMap.newKeySet();
    private volatile boolean stale = true;
    private volatile boolean built;

    OwnerCache(Session session, Paths paths) {
        this.session = session;
        this.paths = paths;
    }

    /** Returns owner by scheduler. The first call reads them from ZooKeeper. */
    Map<String, String> owners() {
        if (!built) {
            refresh();
        }
        return Map.copyOf(owners);
    }

    /** Notes at once what this agent did itself; the watch will report the same later. */
    void own(String scheduler, String master) {
        owners.put(scheduler, master);
    }

    void disown(String scheduler) {
        owners.remove(scheduler);
    }

    /** Notes that the node of a scheduler changed. Never blocks. */
    void changed(String scheduler) {
        changed.add(scheduler);
    }

    /** Notes that anything may have changed. Never blocks. */
    void expire() {
        stale = true;
    }

    /** Reads what changed. */
    synchronized void refresh() {
        boolean all = stale;
        Set<String> some = new HashSet<>(changed);
        if (!all && some.isEmpty()) {
            return;
        }
        stale = false;
        changed.removeAll(some);
        try {
            Exchange exchange = session.exchange("reading the owners of schedulers");
            if (all) {
                rebuild(exchange);
            } else {
                reread(exchange, List.copyOf(some));
            }
        } catch (ZooKeeperUnreachable e) {
            stale = true;
            throw e;
        }
    }

    private void rebuild(Exchange exchange) {
        Map<String, String> picture = new HashMap<>();
        List<String> nodes = exchange.children(paths.schedulers()).stream()
                .map(node -> paths.schedulers() + "/" + node)
                .toList();
        exchange.readAll(nodes)
                .forEach((path, node) -> paths.schedulerAt(path)
                        .ifPresent(scheduler -> masterAt(node).ifPresent(master -> picture.put(scheduler, master))));
        owners.keySet().retainAll(picture.keySet());
        owners.putAll(picture);
        built = true;
    }

    private void reread(Exchange exchange, List<String> schedulers) {
        Map<String, Node> nodes =
                exchange.readAll(schedulers.stream().map(paths::scheduler).toList());
        for (String scheduler : schedulers) {
            Optional.ofNullable(nodes.get(paths.scheduler(scheduler)))
                    .flatMap(OwnerCache::masterAt)
                    .ifPresentOrElse(master -> owners.put(scheduler, master), () -> owners.remove(scheduler));
        }
    }

    private static Optional<String> masterAt(Node node) {
        return node.isEphemeral() ? node.text().filter(text -> !text.isEmpty()) : Optional.empty();
    }
}
