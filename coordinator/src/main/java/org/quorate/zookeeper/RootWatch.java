package org.quorate.zookeeper;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.quorate.master.ZooKeeperUnreachable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only watch of this agent: persistent and recursive, on the cluster's root. An event only marks what changed. A
 * moment later, so that a burst causes only one read, a thread updates the local caches and wakes the callers that
 * registered with {@link #onChange}. Thread-safe.
 */
final class RootWatch implements Watcher, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RootWatch.class);
    private static final Duration DEBOUNCE = Duration.ofMillis(20);
    private static final Duration RETRY = Duration.ofMillis(200);

    private final Session session;
    private final Paths paths;
    private final OwnerCache owners;
    private final Election election;
    private final ScheduledExecutorService thread;
    private final List<Runnable> wakes = new CopyOnWriteArrayList<>();
    private final AtomicBoolean due = new AtomicBoolean();
    private final AtomicBoolean unwatched = new AtomicBoolean(true);

    RootWatch(Session session, Paths paths, OwnerCache owners, Election election) {
        this.session = session;
        this.paths = paths;
        this.owners = owners;
        this.election = election;
        this.thread = Executors.newSingleThreadScheduledExecutor(step -> {
            Thread made = new Thread(step, "quorate-zookeeper-watch");
            made.setDaemon(true);
            return made;
        });
    }

    /** Starts the periodic check of the election. */
    void start(Duration audit) {
        var unused = thread.scheduleWithFixedDelay(
                () -> attempt(election::audit), audit.toMillis(), audit.toMillis(), TimeUnit.MILLISECONDS);
    }

    void onChange(Runnable wake) {
        wakes.add(wake);
    }

    /**
     * Notes that the connection is back: events were lost, and in a new session also the watch itself. Never blocks.
     */
    void reconnected() {
        unwatched.set(true);
        owners.expire();
        signal();
    }

    /** Notes that something may have changed. Never blocks. */
    void signal() {
        signal(DEBOUNCE);
    }

    /** Runs on ZooKeeper's only event thread: nothing here may wait for ZooKeeper. */
    @Override
    public void process(WatchedEvent event) {
        String path = event.getPath();
        if (path == null) {
            return;
        }
        if (event.getType() == Event.EventType.NodeDeleted && paths.isKept(path)) {
            unwatched.set(true);
            signal();
        }
        if (!paths.isWatched(path)) {
            return;
        }
        paths.schedulerAt(path).ifPresent(owners::changed);
        if (event.getType() == Event.EventType.NodeDeleted) {
            election.deleted(path);
        }
        signal();
    }

    private void signal(Duration delay) {
        if (due.compareAndSet(false, true)) {
            try {
                var unused = thread.schedule(this::step, delay.toMillis(), TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                LOG.debug("closed", e);
            }
        }
    }

    private void step() {
        due.set(false);
        if (session.isConnected() && !attempt(this::follow)) {
            signal(RETRY);
        }
        wakes.forEach(this::attempt);
    }

    private void follow() {
        if (unwatched.getAndSet(false)) {
            try {
                begin();
            } catch (ZooKeeperUnreachable e) {
                unwatched.set(true);
                throw e;
            }
        }
        election.heal();
        owners.refresh();
    }

    private void begin() {
        Exchange exchange = session.exchange("watching " + paths.root());
        paths.directories().forEach(exchange::directory);
        exchange.watchTree(paths.root(), this);
        // expire again: the watch does not cover what was read before it existed
        owners.expire();
    }

    /** Runs a step; its failure must not end the thread. */
    private boolean attempt(Runnable step) {
        try {
            step.run();
            return true;
        } catch (ZooKeeperUnreachable e) {
            LOG.debug("trying again later", e);
            return false;
        } catch (RuntimeException e) {
            LOG.error("following changes in ZooKeeper failed", e);
            return false;
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
        try {
            if (!thread.awaitTermination(session.bound().toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("a callback for changes in ZooKeeper does not return");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
