package org.quorate.zookeeper;

import java.util.Optional;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.data.Stat;
import org.quorate.master.ZooKeeperUnreachable;

/**
 * The counter of the cluster in ZooKeeper. It issues fencing tokens: numbers that were never issued before, which are
 * those of ZooKeeper's own transactions. Thread-safe.
 */
final class Numbers {
    private static final byte[] NOTHING = new byte[0];

    private final Session session;
    private final Paths paths;

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
}
