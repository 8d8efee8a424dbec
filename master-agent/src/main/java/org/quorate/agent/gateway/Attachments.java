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

/** All workers that are connected here, and the way to a master for each. All on the gateway's thread, but for the counts. */
final class Attachments {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerGateway.class);

    private final int most;
    private final Destinations destinations;
    private final Bootstrap bootstrap;
    private final Metrics metrics;
    private final Set<Attachment> all = ConcurrentHashMap.newKeySet();
    private boolean closing;
    private boolean saidFull;
    private boolean saidUnreachable;

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

    /** Attached workers by master. Any thread. */
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
            // one line for each time that it becomes full, not for each worker that leaves and comes again
            saidFull = saidFull && all.size() > most * 9L / 10;
            Attachment attachment = new Attachment(worker, this);
            all.add(attachment);
            attachment.begin();
        }
    }

    private void turnAway(Channel worker) {
        metrics.workerTurnedAway("full");
        if (!saidFull) {
            saidFull = true;
            LOG.warn("{} connections: the gateway is full, more are closed; see gateway.connections_max", most);
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

    /** There is no master that was not tried; the worker has to come again. */
    void unreachable(int tried) {
        metrics.workerTurnedAway("unreachable");
        if (!saidUnreachable) {
            saidUnreachable = true;
            LOG.warn("no master can be reached for workers ({} tried): they are closed, and come again", tried);
        }
    }

    ChannelFuture dial(Destination to) {
        return bootstrap.connect(to.host(), to.port());
    }

    /** Whether the dialled master answered and still takes workers. */
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
        saidUnreachable = false;
        metrics.workerAttached(to.master());
    }

    void detached(String master) {
        metrics.workerDetached(master);
    }

    void ended(Attachment attachment) {
        all.remove(attachment);
    }
}
