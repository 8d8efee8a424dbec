package org.quorate.zookeeper;

import org.apache.curator.utils.DefaultZookeeperFactory;
import org.apache.curator.utils.ZookeeperFactory;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;

/**
 * Creates ZooKeeper handles whose connection events are delivered one after the other, including those of a session
 * that ended and of its successor. Curator 5.9.0 creates the successor while it handles the end of the session, and
 * only then notes that it is not connected. If the successor connects in between, Curator regards it as not connected
 * for as long as it lives. Thread-safe.
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
