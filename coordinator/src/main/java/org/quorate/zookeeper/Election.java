package org.quorate.zookeeper;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderLatchListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This master's candidacy in the leader election: Curator's latch, with protection against two of its faults. If the
 * latch's node is deleted from outside, the latch keeps reporting that it leads, for ever, although another master
 * leads too. If the latch cannot create its node, it silently stays out of the election. In both cases this class
 * replaces the latch. Thread-safe.
 */
final class Election implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Election.class);

    private final Session session;
    private final Paths paths;
    private final Runnable changed;
    private volatile @Nullable LeaderLatch latch;
    private volatile @Nullable String deleted;
    private boolean missedOnce;
    private Set<String> reported = Set.of();

    /** Calls {@code changed} when the outcome may have changed. */
    Election(Session session, Paths paths, Runnable changed) {
        this.session = session;
        this.paths = paths;
        this.changed = changed;
    }

    synchronized void stand(String master) {
        if (latch == null) {
            latch = open(master);
        }
    }

    synchronized void standDown() {
        LeaderLatch current = latch;
        latch = null;
        if (current != null) {
            close(current);
        }
    }

    boolean seemsLeader() {
        LeaderLatch current = latch;
        if (current == null || !session.isConnected() || !current.hasLeadership()) {
            return false;
        }
        String path = current.getOurPath();
        return path != null && !path.equals(deleted);
    }

    /** Notes that a node below {@code /leader} was deleted. Never blocks. */
    void deleted(String path) {
        LeaderLatch current = latch;
        if (current != null && path.equals(current.getOurPath())) {
            deleted = path;
        }
    }

    /** Enters the election again if the watch reported that this master's node was deleted. */
    void heal() {
        LeaderLatch current = latch;
        String path = deleted;
        if (current != null && path != null && path.equals(current.getOurPath())) {
            reopen(current, "its node " + path + " is gone");
        }
    }

    /**
     * Checks that this master's node exists, in case the watch missed an event or the latch hid a failure. Called
     * periodically.
     */
    void audit() {
        LeaderLatch current = latch;
        if (current == null || !session.isConnected()) {
            return;
        }
        String path = current.getOurPath();
        boolean there = path != null && isOurs(path);
        boolean settled = path == null || path.equals(current.getOurPath());
        if (!there && settled && missedOnce) {
            reopen(current, "it had no node");
        }
        missedOnce = !there && !missedOnce;
        if (!current.hasLeadership()) {
            reportStrangers();
        }
    }

    /** Reports {@link #strangers}, each once. */
    private void reportStrangers() {
        Set<String> strangers = new TreeSet<>(strangers());
        strangers.stream()
                .filter(path -> !reported.contains(path))
                .forEach(path -> LOG.error(
                        "the node {} in the leader election belongs to no session and may keep every master from"
                                + " leading: delete it (zkCli.sh delete {})",
                        path,
                        path));
        reported = strangers;
    }

    /**
     * Returns the nodes of the election that no session owns. The latch takes such a node for a candidate, and if it is
     * the first, nobody leads for ever.
     */
    List<String> strangers() {
        Exchange exchange = session.exchange("looking for nodes in the election that never go away");
        List<String> all = exchange.children(paths.leader()).stream()
                .map(name -> paths.leader() + "/" + name)
                .toList();
        List<String> strangers = new ArrayList<>();
        exchange.readAll(all).forEach((path, node) -> {
            if (!node.isEphemeral()) {
                strangers.add(path);
            }
        });
        return strangers;
    }

    private boolean isOurs(String path) {
        Exchange exchange = session.exchange("looking for this master's node in the election");
        return exchange.read(path)
                .filter(node -> node.isOf(exchange.sessionId()))
                .isPresent();
    }

    private synchronized void reopen(LeaderLatch current, String why) {
        if (latch == current) {
            LOG.warn("master {} enters the leader election again: {}", current.getId(), why);
            latch = null;
            close(current);
            latch = open(current.getId());
        }
    }

    private LeaderLatch open(String master) {
        LeaderLatch next = new LeaderLatch(session.curator(), paths.leader(), master);
        next.addListener(new LeaderLatchListener() {
            @Override
            public void isLeader() {
                changed.run();
            }

            @Override
            public void notLeader() {
                changed.run();
            }
        });
        try {
            next.start();
        } catch (Exception e) {
            throw new IllegalStateException("the latch of master " + master + " did not start", e);
        }
        return next;
    }

    private static void close(LeaderLatch latch) {
        try {
            latch.close();
        } catch (IOException e) {
            LOG.warn("the latch of master {} did not close", latch.getId(), e);
        }
    }

    @Override
    public void close() {
        standDown();
    }
}
