package org.quorate.agent.link;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The queue of lines that wait to be written to the other side. Adding never blocks: if too much waits, since the other
 * side does not read, the connection ends. Thread-safe.
 */
final class Outbox {
    private static final Executor IN_A_SECOND = CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS);

    private final SocketChannel channel;
    private final long mostBytes;
    private final Consumer<String> end;
    private final Thread writer;
    private final Deque<byte[]> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private boolean finishing;
    private boolean stopped;

    Outbox(String name, SocketChannel channel, long mostBytes, Consumer<String> end) {
        this.channel = channel;
        this.mostBytes = mostBytes;
        this.end = end;
        this.writer = new Thread(this::write, "link-writer-" + name);
        this.writer.setDaemon(true);
    }

    void start() {
        writer.start();
    }

    /** Queues one line. Returns false if the connection has ended. */
    boolean add(byte[] line) {
        synchronized (this) {
            if (finishing || stopped) {
                return false;
            }
            if (waitingBytes + line.length <= mostBytes) {
                waiting.add(line);
                waitingBytes += line.length;
                notifyAll();
                return true;
            }
            stopped = true;
            notifyAll();
        }
        end.accept("the other side does not read: " + mostBytes + " bytes are waiting for it");
        return false;
    }

    synchronized long waitingBytes() {
        return waitingBytes;
    }

    /** Writes the queued lines, then ends the connection; ends it after a second in any case. */
    void finish() {
        synchronized (this) {
            finishing = true;
            notifyAll();
        }
        IN_A_SECOND.execute(() -> end.accept("closed by this side"));
    }

    /** Drops the queued lines. */
    synchronized void stop() {
        stopped = true;
        notifyAll();
    }

    private void write() {
        try {
            for (Optional<byte[]> line = take(); line.isPresent(); line = take()) {
                ByteBuffer bytes = ByteBuffer.wrap(line.get());
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            }
            end.accept("closed by this side");
        } catch (IOException e) {
            end.accept("the connection broke: " + e);
        } catch (InterruptedException e) {
            end.accept("interrupted");
        } finally {
            stop();
        }
    }

    private synchronized Optional<byte[]> take() throws InterruptedException {
        while (waiting.isEmpty() && !finishing && !stopped) {
            wait();
        }
        Optional<byte[]> line = stopped ? Optional.empty() : Optional.ofNullable(waiting.poll());
        line.ifPresent(bytes -> waitingBytes -= bytes.length);
        return line;
    }
}
