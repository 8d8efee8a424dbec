package org.quorate.zookeeper;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.quorate.master.ZooKeeperUnreachable;
import org.quorate.time.Deadline;

/**
 * A series of requests to one session, with a deadline for all of them together: each goes to the same session or
 * fails. Every failure is {@link ZooKeeperUnreachable}; a request that was not answered in time may still be carried
 * out. One thread.
 */
final class Exchange {
    private static final byte[] NOTHING = new byte[0];

    private final String what;
    private final ZooKeeper zooKeeper;
    private final LongSupplier nanoTime;
    private final Deadline deadline;

    /**
     * Creates an exchange.
     *
     * @param what its purpose, for messages
     */
    Exchange(String what, ZooKeeper zooKeeper, LongSupplier nanoTime, Deadline deadline) {
        this.what = what;
        this.zooKeeper = zooKeeper;
        this.nanoTime = nanoTime;
        this.deadline = deadline;
    }

    /** Returns the session's id. It is certain only after the first answer of this exchange. */
    long sessionId() {
        return zooKeeper.getSessionId();
    }

    /** Creates a node, and the missing persistent nodes above it. Returns empty if the node exists already. */
    Optional<Node> create(String path, byte[] content, CreateMode mode) {
        for (int attempt = 0; ; attempt++) {
            try {
                return Optional.of(new Node(content, await(creating(path, content, mode))));
            } catch (KeeperException.NodeExistsException e) {
                return Optional.empty();
            } catch (KeeperException.NoNodeException e) {
                if (attempt > 0) {
                    throw unreachable(e);
                }
                directory(path.substring(0, path.lastIndexOf('/')));
            } catch (KeeperException e) {
                throw unreachable(e);
            }
        }
    }

    /** Creates a persistent node if there is none. */
    void directory(String path) {
        create(path, NOTHING, CreateMode.PERSISTENT);
    }

    Optional<Node> read(String path) {
        return Optional.ofNullable(readAll(List.of(path)).get(path));
    }

    /** Returns the existing ones of the nodes, by path. All are requested at once. */
    Map<String, Node> readAll(Collection<String> paths) {
        Map<String, CompletableFuture<Node>> asked = new LinkedHashMap<>();
        paths.forEach(path -> asked.put(path, reading(path)));

        Map<String, Node> nodes = new LinkedHashMap<>();
        asked.forEach((path, answer) -> awaitUnlessGone(answer).ifPresent(node -> nodes.put(path, node)));
        return nodes;
    }

    /** Returns the names of the nodes below; none when there is no such node. */
    List<String> children(String path) {
        CompletableFuture<List<String>> answer = new CompletableFuture<>();
        zooKeeper.getChildren(path, false, (rc, at, context, names) -> settle(answer, rc, at, names), null);
        return awaitUnlessGone(answer).orElse(List.of());
    }

    /** Writes a node. Returns empty when the node is gone or, unless {@code version} is -1, was changed since. */
    Optional<Stat> write(String path, byte[] content, int version) {
        CompletableFuture<Stat> answer = new CompletableFuture<>();
        zooKeeper.setData(path, content, version, (rc, at, context, stat) -> settle(answer, rc, at, stat), null);
        return awaitUnlessGone(answer);
    }

    /** Deletes nodes by path and version, except those that are gone or were changed since. */
    void deleteAll(Map<String, Integer> versions) {
        Map<String, CompletableFuture<Boolean>> asked = new LinkedHashMap<>();
        versions.forEach((path, version) -> asked.put(path, deleting(path, version)));
        asked.values().forEach(this::awaitUnlessGone);
    }

    void delete(String path, int version) {
        deleteAll(Map.of(path, version));
    }

    /** Syncs: later reads return nothing older than this call, even from a server that lags behind. */
    void sync(String path) {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        zooKeeper.sync(path, (rc, at, context) -> settle(answer, rc, at, true), null);
        awaitUnlessGone(answer);
    }

    /** Notifies the watcher of every change at the path and below it, until the session ends. */
    void watchTree(String path, Watcher watcher) {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        zooKeeper.addWatch(
                path,
                watcher,
                AddWatchMode.PERSISTENT_RECURSIVE,
                (rc, at, context) -> settle(answer, rc, at, true),
                null);
        awaitUnlessGone(answer);
    }

    private CompletableFuture<Stat> creating(String path, byte[] content, CreateMode mode) {
        CompletableFuture<Stat> answer = new CompletableFuture<>();
        zooKeeper.create(
                path,
                content,
                Ids.OPEN_ACL_UNSAFE,
                mode,
                (rc, at, context, name, stat) -> settle(answer, rc, at, stat),
                null);
        return answer;
    }

    private CompletableFuture<Node> reading(String path) {
        CompletableFuture<Node> answer = new CompletableFuture<>();
        zooKeeper.getData(
                path, false, (rc, at, context, content, stat) -> settle(answer, rc, at, new Node(content, stat)), null);
        return answer;
    }

    private CompletableFuture<Boolean> deleting(String path, int version) {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        zooKeeper.delete(path, version, (rc, at, context) -> settle(answer, rc, at, true), null);
        return answer;
    }

    private static <T> void settle(CompletableFuture<T> answer, int rc, String path, T value) {
        Code code = Code.get(rc);
        if (code == Code.OK) {
            answer.complete(value);
        } else {
            answer.completeExceptionally(KeeperException.create(code, path));
        }
    }

    private <T> Optional<T> awaitUnlessGone(CompletableFuture<T> answer) {
        try {
            return Optional.of(await(answer));
        } catch (KeeperException.NoNodeException | KeeperException.BadVersionException e) {
            return Optional.empty();
        } catch (KeeperException e) {
            throw unreachable(e);
        }
    }

    private <T> T await(CompletableFuture<T> answer) throws KeeperException {
        try {
            return answer.get(deadline.remaining(nanoTime.getAsLong()).toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof KeeperException refused) {
                throw refused;
            }
            throw unreachable(e);
        } catch (TimeoutException e) {
            throw new ZooKeeperUnreachable("ZooKeeper did not answer in time: " + what, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ZooKeeperUnreachable("interrupted while waiting for ZooKeeper: " + what, e);
        }
    }

    private ZooKeeperUnreachable unreachable(Exception cause) {
        return new ZooKeeperUnreachable("ZooKeeper failed: " + what + ": " + cause.getMessage(), cause);
    }
}
