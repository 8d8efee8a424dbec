package org.quorate.agent.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Listens for workers as a master does, sends each its name, and leaves the rest to the test. */
final class StandInMaster implements AutoCloseable {
    static final int PATIENCE_MILLIS = 300_000;

    private final String name;
    private final ServerSocket server;
    private final BlockingQueue<Socket> accepted = new LinkedBlockingQueue<>();
    private final Queue<Socket> all = new ConcurrentLinkedQueue<>();
    private final Thread acceptor;

    StandInMaster(String name) throws IOException {
        this.name = name;
        this.server = new ServerSocket();
        // otherwise the kernel would buffer what a slow reader leaves
        server.setReceiveBufferSize(64 * 1024);
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        this.acceptor = new Thread(this::accept, "stand-in-" + name);
        acceptor.setDaemon(true);
        acceptor.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                all.add(socket);
                socket.setSoTimeout(PATIENCE_MILLIS);
                socket.getOutputStream().write((name + "\n").getBytes(StandardCharsets.UTF_8));
                accepted.add(socket);
            }
        } catch (IOException e) {
            // closed
        }
    }

    /** Returns the connection of the next worker. */
    Socket next() throws InterruptedException {
        Socket socket = accepted.poll(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        if (socket == null) {
            throw new AssertionError("no worker came to " + name);
        }
        return socket;
    }

    Destination destination() {
        return new Destination(name, "127.0.0.1", server.getLocalPort(), 4, false);
    }

    Destination draining() {
        return new Destination(name, "127.0.0.1", server.getLocalPort(), 4, true);
    }

    /** Closes all connections, as when the process dies. */
    @Override
    public void close() {
        try {
            server.close();
            acceptor.join();
            for (Socket socket : all) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
