package org.quorate.zookeeper;

import org.apache.curator.utils.DefaultZookeeperFactory;
import org.apache.curator.utils.ZookeeperFactory;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;

/**
 * Makes ZooKeeper's handles so that their connections' events are told one after the other, also those of a session that ended
 * and of its successor. Curator 5.9.0 makes the successor while it is told of the end, and only then notes that it is not
 * connected; a successor that connected in between then counts as not connected for as long as it lives. Thread-safe.
 */
final class EventsInTurn implements ZookeeperFactory {
    private final ZookeeperFactory handles = new DefaultZookeeperFactory();
    private final Object turn = new Object();

    @Override
    public ZooKeeper newZooKeeper(String connect, int sessionTimeoutMillis, Watcher watcher, boolean canBeReadOnly)
            throws Exception {
        return handles.newZooKeeper(
                connect,
                sessionTimeoutMillis,
                event -> {
                    synchronized (turn) {
                        watcher.process(event);
                    }
                },
                canBeReadOnly);
    }
}
