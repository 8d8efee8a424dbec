package org.quorate.agent.link;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A socket beside the link on which the agent sends nothing but leases. A buildmaster reads it on a thread of its own,
 * so that it gets its lease although its main loop is busy. The agent reads nothing there, and never waits for a
 * reader. Thread-safe.
 */
public final class LeaseSocket implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LeaseSocket.class);

    /** A buildmaster has one connection; the oldest is closed when a further one comes. */
    private static final int READERS_MAX = 4;

    private final Path socket;
    private final LongSupplier nanoTime;
    private final List<SocketChannel> readers = new CopyOnWriteArrayList<>();
    private @Nullable ServerSocketChannel server;
    private @Nullable Thread acceptor;

    /** {@code nanoTime} is the machine's monotonic clock, {@code System::nanoTime}. */
    public LeaseSocket(Path socket, LongSupplier nanoTime) {
        this.socket = socket;
        this.nanoTime = nanoTime;
    }

    /**
     * Begins to listen.
     *
     * @throws IllegalStateException the socket cannot be made; the message says what to do
     */
    public synchronized void start() {
        ServerSocketChannel listening = SocketPlace.listen(socket);
        server = listening;
        acceptor = new Thread(() -> acceptAll(listening), "lease-acceptor");
        acceptor.setDaemon(true);
        acceptor.start();
    }

    /** Allows the buildmaster of this epoch to go on for this long, counted from now. Returns at once. */
    public void send(long epoch, Duration remaining) {
        byte[] line = new Message.Call(
                        Optional.empty(),
                        "lease",
                        Wire.object()
                                .put("remainingMillis", remaining.toMillis())
                                .put("sentNanos", nanoTime.getAsLong())
                                .put("epoch", epoch))
                .line();
        readers.stream().filter(reader -> !sent(reader, line)).forEach(this::drop);
    }

    int readers() {
        return readers.size();
    }

    /** A reader that is so far behind that a line does not fit any more connects again. */
    private static boolean sent(SocketChannel reader, byte[] line) {
        try {
            return reader.write(ByteBuffer.wrap(line)) == line.length;
        } catch (IOException e) {
            LOG.debug("a reader of leases is gone: {}", e.toString());
            return false;
        }
    }

    private void drop(SocketChannel reader) {
        readers.remove(reader);
        try {
            reader.close();
        } catch (IOException e) {
            LOG.debug("closing a reader of leases: {}", e.toString());
        }
    }

    private void acceptAll(ServerSocketChannel listening) {
        while (listening.isOpen()) {
            try {
                add(listening.accept());
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                LOG.warn("accepting at {}: {}", socket, e.toString());
                LinkServer.pauseAfterFault();
            }
        }
    }

    private void add(SocketChannel reader) throws IOException {
        reader.configureBlocking(false);
        readers.add(reader);
        while (readers.size() > READERS_MAX) {
            drop(readers.get(0));
        }
    }

    /** Closes all connections and removes the socket. */
    @Override
    public synchronized void close() {
        try {
            if (server != null && acceptor != null) {
                server.close();
                acceptor.join(2000);
                Files.deleteIfExists(socket);
                server = null;
            }
        } catch (IOException e) {
            LOG.warn("closing {}: {}", socket, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        readers.forEach(this::drop);
    }
}
