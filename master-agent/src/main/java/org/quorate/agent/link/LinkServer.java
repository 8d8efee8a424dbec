package org.quorate.agent.link;

import com.fasterxml.jackson.databind.node.NullNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The agent's socket: it listens, and serves one buildmaster at a time. Thread-safe. */
public final class LinkServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LinkServer.class);

    /** A process that connects and sends nothing must not keep the buildmaster out. */
    private static final int HELLO_WITHIN_SECONDS = 5;

    /** The end of a dead buildmaster's connection may be noticed after its successor has connected. */
    private static final int PREDECESSOR_GONE_WITHIN_MILLIS = 300;

    private final Path socket;
    private final LinkHandler handler;
    private final LongSupplier nanoTime;
    private @Nullable ServerSocketChannel server;
    private @Nullable Thread acceptor;
    private volatile @Nullable BuildmasterLink current;
    private int connections;

    /** {@code nanoTime} is the machine's monotonic clock, {@code System::nanoTime}. */
    public LinkServer(Path socket, LinkHandler handler, LongSupplier nanoTime) {
        this.socket = socket;
        this.handler = handler;
        this.nanoTime = nanoTime;
    }

    /**
     * Begins to listen. The socket's directory is made with mode 0700, or must already have it.
     *
     * @throws IllegalStateException another process listens there, or the path cannot hold a socket; the message says
     *     what to do
     */
    public synchronized void start() {
        ServerSocketChannel listening = SocketPlace.listen(socket);
        server = listening;
        acceptor = new Thread(() -> acceptAll(listening), "link-acceptor");
        acceptor.setDaemon(true);
        acceptor.start();
    }

    public Path socket() {
        return socket;
    }

    /** Closes the connection and removes the socket; returns when the threads have ended. */
    @Override
    public void close() {
        try {
            stopListening();
            BuildmasterLink link = current;
            if (link != null) {
                link.close();
                link.peer().awaitClosed(2000);
            }
        } catch (IOException e) {
            LOG.warn("closing {}: {}", socket, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void stopListening() throws IOException, InterruptedException {
        if (server != null && acceptor != null) {
            server.close();
            acceptor.join(2000);
            Files.deleteIfExists(socket);
            server = null;
        }
    }

    private void acceptAll(ServerSocketChannel listening) {
        while (listening.isOpen()) {
            try {
                serve(listening.accept());
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                LOG.warn("accepting at {}: {}", socket, e.toString());
                pauseAfterFault();
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Waits after a fault such as too many open files, so that the loop does not spin. */
    static void pauseAfterFault() {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
    }

    private void serve(SocketChannel channel) throws InterruptedException {
        BuildmasterLink predecessor = current;
        boolean occupied = predecessor != null && !predecessor.peer().awaitClosed(PREDECESSOR_GONE_WITHIN_MILLIS);
        if (occupied) {
            LOG.warn("a second buildmaster connected and was rejected");
            turnAway(channel);
            return;
        }
        connections++;
        BuildmasterLink link = new BuildmasterLink("buildmaster-" + connections, channel, handler, nanoTime);
        current = link;
        link.peer().start();
        CompletableFuture.delayedExecutor(HELLO_WITHIN_SECONDS, TimeUnit.SECONDS)
                .execute(() -> closeIfSilent(link));
    }

    /** Does not block, since one line fits the buffer of a new socket. */
    private static void turnAway(SocketChannel channel) {
        LinkError why = new LinkError(
                LinkError.OCCUPIED, "another buildmaster is connected to this agent; there is one for each agent");
        try (channel) {
            channel.write(ByteBuffer.wrap(new Message.Failure(NullNode.instance, why).line()));
        } catch (IOException e) {
            LOG.debug("rejecting a second buildmaster: {}", e.toString());
        }
    }

    private static void closeIfSilent(BuildmasterLink link) {
        link.refuseUnlessGreeted(
                new LinkError(LinkError.OUT_OF_ORDER, "no hello within " + HELLO_WITHIN_SECONDS + " s of connecting"));
    }
}
