package org.quorate.agent.gateway;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.quorate.agent.metrics.Metrics;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All workers that are connected to this gateway. Used on the gateway's thread only, except the counts. */
final class Attachments {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerGateway.class);

    private final int most;
    private final Destinations destinations;
    private final Bootstrap bootstrap;
    private final Metrics metrics;
    private final Set<Attachment> all = ConcurrentHashMap.newKeySet();
    private boolean closing;
    private boolean loggedFull;
    private boolean loggedUnreachable;

    Attachments(int most, Destinations destinations, Bootstrap bootstrap, Metrics metrics) {
        this.most = most;
        this.destinations = destinations;
        this.bootstrap = bootstrap;
        this.metrics = metrics;
    }

    /** Any thread. */
    int count() {
        return all.size();
    }

    /** Returns how many workers are attached to each master. Any thread. */
    Map<String, Integer> byMaster() {
        return all.stream()
                .flatMap(attachment -> attachment.master().stream())
                .collect(Collectors.toMap(Function.identity(), master -> 1, Integer::sum, TreeMap::new));
    }

    void accept(Channel worker) {
        if (closing) {
            Closing.now(worker);
        } else if (all.size() >= most) {
            turnAway(worker);
        } else {
            // one log line each time that the gateway becomes full, not one for each worker that leaves and connects
            // again
            loggedFull = loggedFull && all.size() > most * 9L / 10;
            Attachment attachment = new Attachment(worker, this);
            all.add(attachment);
            attachment.begin();
        }
    }

    private void turnAway(Channel worker) {
        metrics.workerTurnedAway("full");
        if (!loggedFull) {
            loggedFull = true;
            LOG.warn("{} connections: the gateway is full, further ones are closed; see gateway.connections_max", most);
        }
        Closing.now(worker);
    }

    void follow(List<Destination> now) {
        destinations.are(now);
        all.forEach(attachment -> attachment.cutUnlessAmong(destinations));
    }

    void close() {
        closing = true;
        all.forEach(Attachment::cut);
    }

    Optional<Destination> choose(Set<String> tried) {
        return destinations.choose(tried);
    }

    /** Records that no master is left to try; the worker must connect again. */
    void unreachable(int tried) {
        metrics.workerTurnedAway("unreachable");
        if (!loggedUnreachable) {
            loggedUnreachable = true;
            LOG.warn("no master can be reached for workers ({} tried): they are closed, and connect again", tried);
        }
    }

    ChannelFuture dial(Destination to) {
        return bootstrap.connect(to.host(), to.port());
    }

    /** Returns whether the master accepted the connection and still takes workers. */
    boolean isReached(Destination to, ChannelFuture dialled) {
        metrics.workerDialled(dialled.isSuccess());
        if (dialled.isSuccess()) {
            destinations.reached(to);
            return destinations.isOpen(to);
        }
        if (destinations.has(to) && destinations.refused(to)) {
            LOG.info("{} does not take workers: {}", to.place(), dialled.cause().getMessage());
        }
        return false;
    }

    void add(Destination destination) {
        destinations.add(destination);
    }

    void remove(Destination destination) {
        destinations.remove(destination);
    }

    void attached(Destination to) {
        loggedUnreachable = false;
        metrics.workerAttached(to.master());
    }

    void detached(String master) {
        metrics.workerDetached(master);
    }

    void ended(Attachment attachment) {
        all.remove(attachment);
    }
}
