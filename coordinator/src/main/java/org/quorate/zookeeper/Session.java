package org.quorate.zookeeper;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryForever;
import org.apache.zookeeper.ZooKeeper;
import org.quorate.master.ZooKeeperUnreachable;
import org.quorate.time.Deadline;

/**
 * The session with ZooKeeper. A new one follows when it is lost, because the servers ended it or because Curator gave
 * it up after a timeout without a connection. In the second case the servers may still hold its ephemeral nodes for a
 * while. Other classes decide whether this agent may be trusted meanwhile. Thread-safe.
 */
final class Session implements AutoCloseable {
    private static final int RETRY_MILLIS = 500;

    private final CuratorFramework curator;
    private final String connect;
    private final Duration asked;
    private final LongSupplier nanoTime;
    private final Object changes = new Object();
    private volatile Duration granted = Duration.ZERO;
    private volatile boolean closed;

    Session(String connect, Duration asked, LongSupplier nanoTime) {
        this.connect = connect;
        this.asked = asked;
        this.nanoTime = nanoTime;
        this.curator = CuratorFrameworkFactory.builder()
                .connectString(connect)
                .sessionTimeoutMs(Math.toIntExact(asked.toMillis()))
                .connectionTimeoutMs(Math.toIntExact(asked.toMillis()))
                .zookeeperFactory(new EventsInTurn())
                .retryPolicy(new RetryForever(RETRY_MILLIS))
                .canBeReadOnly(false)
                .dontUseContainerParents()
                // the servers' own list may hold addresses that cannot be reached from here
                .ensembleTracker(false)
                .build();
    }

    /** Begins to connect, and keeps trying. The listeners are called on Curator's thread and must not block. */
    void start(Runnable onConnected, Runnable onLost) {
        curator.getConnectionStateListenable().addListener((client, state) -> {
            announceChange();
            if (state.isConnected()) {
                granted = Duration.ofMillis(client.getZookeeperClient().getLastNegotiatedSessionTimeoutMs());
                onConnected.run();
            } else {
                onLost.run();
            }
        });
        curator.start();
    }

    /** Returns the client, for the recipes of Curator. */
    CuratorFramework curator() {
        return curator;
    }

    boolean isConnected() {
        return !closed && curator.getZookeeperClient().isConnected();
    }

    /**
     * Returns the timeout that was granted last. Waits for the first session, but not longer than the timeout that was
     * requested.
     */
    Duration timeout() {
        if (granted.isZero()) {
            awaitConnection("connecting", asked);
            noteTimeout();
        }
        return granted;
    }

    /** The listener may hear of a connection later than a caller sees it. */
    private void noteTimeout() {
        if (granted.isZero()) {
            granted = Duration.ofMillis(curator.getZookeeperClient().getLastNegotiatedSessionTimeoutMs());
        }
    }

    /**
     * Begins an exchange that ends within the session timeout. It waits that long for the first connection, and a third
     * of it for a lost connection.
     */
    Exchange exchange(String what) {
        Duration bound = bound();
        return exchange(what, granted.isZero() ? bound : bound.dividedBy(3), bound);
    }

    /**
     * Begins an exchange of the loop that keeps the trust: it fails at once without a connection, and ends within a
     * quarter of the session timeout. The trust lasts for two thirds of it, so that there is time to ask the database.
     */
    Exchange briefExchange(String what) {
        return exchange(what, Duration.ZERO, bound().dividedBy(4));
    }

    /** Begins an exchange like {@link #briefExchange}, but waits for the very first connection. */
    Exchange firstExchange(String what) {
        if (granted.isZero()) {
            awaitConnection(what, asked);
        }
        return briefExchange(what);
    }

    private Exchange exchange(String what, Duration patience, Duration bound) {
        Deadline deadline = Deadline.after(bound, nanoTime.getAsLong());
        awaitConnection(what, patience);
        noteTimeout();
        return new Exchange(what, handle(), nanoTime, deadline);
    }

    /** Returns the time within which every exchange must end. */
    Duration bound() {
        return granted.isZero() ? asked : granted;
    }

    /**
     * Waits for the connection. Curator's own wait would hold a lock that Curator keeps, for a second or more, while it
     * closes a lost session.
     */
    private void awaitConnection(String what, Duration patience) {
        Deadline deadline = Deadline.after(patience, nanoTime.getAsLong());
        synchronized (changes) {
            while (!isConnected()) {
                Duration remaining = deadline.remaining(nanoTime.getAsLong());
                if (remaining.isZero() || closed) {
                    throw new ZooKeeperUnreachable("no connection to ZooKeeper at " + connect + ": " + what);
                }
                try {
                    TimeUnit.NANOSECONDS.timedWait(changes, remaining.toNanos());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new ZooKeeperUnreachable("interrupted while connecting to ZooKeeper: " + what, e);
                }
            }
        }
    }

    private void announceChange() {
        synchronized (changes) {
            changes.notifyAll();
        }
    }

    private ZooKeeper handle() {
        try {
            return curator.getZookeeperClient().getZooKeeper();
        } catch (Exception e) {
            throw new ZooKeeperUnreachable("no session with ZooKeeper at " + connect, e);
        }
    }

    /** Ends the session, and with it all its ephemeral nodes. */
    @Override
    public void close() {
        closed = true;
        announceChange();
        curator.close();
    }
}
