package org.quorate.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.server.ServerCnxnFactory;
import org.apache.zookeeper.server.ZooKeeperServer;
import org.quorate.zookeeper.CuratorEnsemble;

/**
 * A real ZooKeeper server in this process. A test can end its sessions, stop it, and start it again with the same data
 * and port. Share one per test class and use a new {@link #cluster} for each test.
 */
public final class ZooKeeperFixture implements AutoCloseable {
    /** Long enough for a busy machine; a test never waits for it but ends the session itself. */
    public static final Duration SESSION_TIMEOUT = Duration.ofSeconds(10);

    private static final int TICK_MILLIS = 500;
    private static final AtomicInteger CLUSTERS = new AtomicInteger();

    private final Path directory;
    private int port;
    private ServerCnxnFactory connections;
    private ZooKeeperServer server;

    private ZooKeeperFixture(Path directory) {
        this.directory = directory;
    }

    /** Starts a server on a free port of the loopback interface. */
    public static ZooKeeperFixture start() {
        ZooKeeperFixture fixture = prepared();
        fixture.restart();
        return fixture;
    }

    /** Returns a server that has its port but is not started; {@link #restart} starts it. */
    public static ZooKeeperFixture prepared() {
        try {
            ZooKeeperFixture fixture = new ZooKeeperFixture(Files.createTempDirectory("quorate-zookeeper"));
            try (var socket = new java.net.ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                fixture.port = socket.getLocalPort();
            }
            return fixture;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    public String connectString() {
        return InetAddress.getLoopbackAddress().getHostAddress() + ":" + port;
    }

    /** Returns the name of a cluster that no other test uses. */
    public String cluster() {
        return "test-" + CLUSTERS.incrementAndGet();
    }

    /** Connects a new agent. */
    public CuratorEnsemble connect(String cluster) {
        return CuratorEnsemble.connect(connectString(), cluster, SESSION_TIMEOUT);
    }

    /**
     * Ends the session that created the ephemeral node of this path, as its expiry would; the node is removed with it.
     */
    public void expireOwnerOf(String path) {
        server.closeSession(sessionOf(path));
    }

    /** Ends the session of a master, whose name needs no encoding. */
    public void expire(String cluster, String master) {
        expireOwnerOf("/quorate/" + cluster + "/masters/" + master);
    }

    /** Returns the session that created the node; 0 when it is persistent. */
    public long sessionOf(String path) {
        try {
            return server.getZKDatabase().statNode(path, null).getEphemeralOwner();
        } catch (KeeperException e) {
            throw new IllegalStateException("no node " + path, e);
        }
    }

    /** Returns whether the node exists. */
    public boolean exists(String path) {
        return server.getZKDatabase().getNode(path) != null;
    }

    /** Returns the content of a node. */
    public String content(String path) {
        try {
            return new String(server.getZKDatabase().getData(path, new Stat(), null), StandardCharsets.UTF_8);
        } catch (KeeperException e) {
            throw new IllegalStateException("no node " + path, e);
        }
    }

    /** Returns how many watches all clients have on the server. */
    public int watches() {
        return server.getZKDatabase().getDataTree().getWatchCount();
    }

    /** Returns a plain client, for actions that no agent takes. */
    public ZooKeeper stranger() {
        CountDownLatch connected = new CountDownLatch(1);
        try {
            ZooKeeper stranger =
                    new ZooKeeper(connectString(), (int) SESSION_TIMEOUT.toMillis(), event -> connected.countDown());
            connected.await();
            return stranger;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Stops the server; sessions and data remain on disk. */
    public synchronized void stop() {
        if (connections != null) {
            connections.shutdown();
            server.shutdown(true);
            connections = null;
        }
    }

    /** Starts the server again, on the same port and over the same data. */
    public synchronized void restart() {
        stop();
        try {
            server = new ZooKeeperServer(directory.toFile(), directory.toFile(), TICK_MILLIS);
            server.setMinSessionTimeout(2 * TICK_MILLIS);
            server.setMaxSessionTimeout(60_000);
            connections =
                    ServerCnxnFactory.createFactory(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
            connections.startup(server);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        stop();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
