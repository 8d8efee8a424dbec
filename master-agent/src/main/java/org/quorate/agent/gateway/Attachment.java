package org.quorate.agent.gateway;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * One worker's connection: tries one master after another, then forwards until either side ends. Used on the gateway's
 * thread only, except {@link #master}.
 */
final class Attachment {
    /** How long the connection stays open after the last failed attempt, so that the worker does not retry at once. */
    private static final int PAUSE_SECONDS = 1;

    private final Channel worker;
    private final Attachments all;
    private final Set<String> tried = new HashSet<>();
    private Optional<Destination> destination = Optional.empty();
    private Optional<Channel> outward = Optional.empty();
    private volatile Optional<String> master = Optional.empty();

    Attachment(Channel worker, Attachments all) {
        this.worker = worker;
        this.all = all;
    }

    /** Returns the master to which the worker is attached; empty during a connection attempt. Any thread. */
    Optional<String> master() {
        return master;
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
        if (destination.isPresent() && !destinations.has(destination.get())) {
            if (master.isPresent()) {
                cut();
            } else {
                outward.ifPresent(Closing::now);
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
        destination = Optional.of(to);
        ChannelFuture dialled = all.dial(to);
        outward = Optional.of(dialled.channel());
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
        master = Optional.of(to.master());
        all.attached(to);
        reached.closeFuture().addListener(closed -> Closing.now(worker));
        worker.pipeline().addLast(new Flow(reached));
        reached.pipeline().addLast(new Flow(worker));
        worker.read();
        reached.read();
    }

    private void leave() {
        destination.ifPresent(all::remove);
        destination = Optional.empty();
        outward = Optional.empty();
    }

    private void end() {
        master.ifPresent(all::detached);
        master = Optional.empty();
        outward.ifPresent(Closing::now);
        leave();
        all.ended(this);
    }
}
