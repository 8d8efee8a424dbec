package org.quorate.agent.gateway;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One worker's connection: tries one master after another, then forwards until either side ends. Used on the gateway's
 * thread only, except {@link #master}.
 */
final class Attachment {
    /** The connection stays open this long after the last failed attempt, so that the worker does not retry at once. */
    private static final int PAUSE_SECONDS = 1;

    private final Channel worker;
    private final Attachments all;
    private final Set<String> tried = new HashSet<>();
    private @Nullable Destination destination;
    private @Nullable Channel outward;
    private volatile @Nullable String master;

    Attachment(Channel worker, Attachments all) {
        this.worker = worker;
        this.all = all;
    }

    /** Returns the master to which the worker is attached; empty during a connection attempt. Any thread. */
    Optional<String> master() {
        return Optional.ofNullable(master);
    }

    void begin() {
        worker.closeFuture().addListener(closed -> end());
        tryNext();
    }

    /**
     * Ends the connection if its master is not among the destinations any more; a frozen machine would hold it open for
     * ever.
     */
    void cutUnlessAmong(Destinations destinations) {
        if (destination != null && !destinations.has(destination)) {
            if (master != null) {
                cut();
            } else {
                closeOutward();
            }
        }
    }

    /** Ends both sides without writing what waits: the end of the worker's side also ends the master's side. */
    void cut() {
        Closing.now(worker);
    }

    private void tryNext() {
        Optional<Destination> next = all.choose(tried);
        if (next.isPresent()) {
            dial(next.get());
        } else {
            all.unreachable(tried.size());
            Closing.after(PAUSE_SECONDS, worker);
        }
    }

    private void dial(Destination to) {
        tried.add(to.place());
        all.add(to);
        destination = to;
        ChannelFuture dialled = all.dial(to);
        outward = dialled.channel();
        dialled.addListener(done -> dialled(to, dialled));
    }

    private void dialled(Destination to, ChannelFuture dialled) {
        if (!worker.isOpen()) {
            Closing.now(dialled.channel());
            return;
        }
        if (all.isReached(to, dialled)) {
            join(to, dialled.channel());
        } else {
            Closing.now(dialled.channel());
            leave();
            tryNext();
        }
    }

    private void join(Destination to, Channel reached) {
        master = to.master();
        all.attached(to);
        reached.closeFuture().addListener(closed -> Closing.now(worker));
        worker.pipeline().addLast(new Flow(reached));
        reached.pipeline().addLast(new Flow(worker));
        worker.read();
        reached.read();
    }

    private void leave() {
        if (destination != null) {
            all.remove(destination);
        }
        destination = null;
        outward = null;
    }

    private void end() {
        master().ifPresent(all::detached);
        master = null;
        closeOutward();
        leave();
        all.ended(this);
    }

    private void closeOutward() {
        if (outward != null) {
            Closing.now(outward);
        }
    }
}
