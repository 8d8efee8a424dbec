package org.quorate.agent.link;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.quorate.master.Fenced;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One end of the link: JSON-RPC 2.0, one message on each line, in both directions. It reads on its own thread, one
 * message after another, and writes through an {@link Outbox}. It answers a wrong message with an error or closes the
 * connection; no input makes its thread fail. Thread-safe.
 */
public final class Peer implements AutoCloseable {
    /** The connection closes after more malformed lines than this; each well-formed line takes one off the count. */
    static final int MALFORMED_LINES_FORGIVEN = 20;

    private static final Logger LOG = LoggerFactory.getLogger(Peer.class);

    private final String name;
    private final SocketChannel channel;
    private final Lines lines;
    private final Receiver receiver;
    private final Limits limits;
    private final Outbox outbox;
    private final Map<Long, CompletableFuture<JsonNode>> unanswered = new ConcurrentHashMap<>();
    private final AtomicLong lastId = new AtomicLong();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile @Nullable String end;
    private int malformed;

    /** Handles the messages that arrive at this end. It is called on the reader's thread and must not block. */
    public interface Receiver {
        /** Handles a request or a notification; a notification's answer is dropped. May throw {@link LinkError}. */
        CompletableFuture<JsonNode> receive(String method, ObjectNode params);

        /** Called after the answer to a request was queued; {@code well} is false if it was an error. */
        default void answered(String method, boolean well) {}

        /** Called when the other side could not read a line of ours, or gave the reason why it closes. */
        void complained(LinkError error);

        /** Called last, after the connection ended. */
        void closed(String why);
    }

    /** Limits in bytes: the longest line read, the longest line written, and how much may wait to be written. */
    public record Limits(int read, int write, long queued) {
        private static final int MIB = 1024 * 1024;
        /** The agent writes long lines, since claims carry properties. */
        public static final Limits AGENT = new Limits(MIB, 16 * MIB, 32L * MIB);

        public static final Limits BUILDMASTER = new Limits(16 * MIB, MIB, 32L * MIB);
    }

    public Peer(String name, SocketChannel channel, Limits limits, Receiver receiver) {
        this.name = name;
        this.channel = channel;
        this.lines = new Lines(channel, limits.read());
        this.receiver = receiver;
        this.limits = limits;
        this.outbox = new Outbox(name, channel, limits.queued(), this::end);
    }

    /** Begins to read and to write. */
    public void start() {
        outbox.start();
        Thread reader = new Thread(this::read, "link-reader-" + name);
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Sends a request. The future may end with {@link LinkError}; code LINK_LOST: the link closed before the answer.
     */
    public CompletableFuture<JsonNode> call(String method, ObjectNode params) {
        long id = lastId.incrementAndGet();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        unanswered.put(id, answer);
        byte[] line = new Message.Call(Optional.of(LongNode.valueOf(id)), method, params).line();
        if (line.length > limits.write()) {
            unanswered.remove(id);
            return CompletableFuture.failedFuture(
                    LinkError.badParams(method + " is longer than " + limits.write() + " bytes"));
        }
        if (!outbox.add(line) || isClosed()) {
            fail(id);
        }
        return answer;
    }

    /** Sends a notification. Returns false if the link is closed. */
    public boolean send(String method, ObjectNode params) {
        return outbox.add(new Message.Call(Optional.empty(), method, params).line());
    }

    /** Closes after the queued lines were written, but after a second at most. Returns at once; idempotent. */
    @Override
    public void close() {
        outbox.finish();
    }

    /** Returns whether more than an eighth of the bytes that may wait to be written wait. */
    boolean isBehind() {
        return outbox.waitingBytes() > limits.queued() / 8;
    }

    public boolean isClosed() {
        return end != null;
    }

    /** Waits until the receiver's last call returned. Returns false if that takes longer than this time. */
    public boolean awaitClosed(long millis) throws InterruptedException {
        return closed.await(millis, TimeUnit.MILLISECONDS);
    }

    /** Sends one error without an id, and closes. */
    void refuse(LinkError error) {
        outbox.add(new Message.Failure(NullNode.instance, error).line());
        close();
    }

    /** Records why the connection ends; only the first reason is reported. */
    private synchronized void because(String why) {
        if (end == null) {
            end = why;
        }
    }

    private String why() {
        return Objects.requireNonNullElse(end, "closed");
    }

    private void end(String why) {
        because(why);
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("closing {}: {}", name, e.toString());
        }
    }

    private void read() {
        try {
            for (Optional<Lines.Line> line = lines.next(); line.isPresent(); line = lines.next()) {
                take(line.get());
            }
            end("the other side closed the connection");
        } catch (IOException e) {
            end("the connection broke: " + e);
        } catch (RuntimeException e) {
            LOG.error("the link {} closes because of a fault of this program: report it", name, e);
            end("a fault of this program: " + e);
        } finally {
            outbox.stop();
            unanswered.keySet().forEach(this::fail);
            receiver.closed(why());
            closed.countDown();
        }
    }

    private void take(Lines.Line line) {
        if (line.fault().isPresent()) {
            reject(NullNode.instance, line.fault().get());
            return;
        }
        if (line.text().isBlank()) {
            return;
        }
        try {
            Message message = Message.parse(line.text());
            malformed = Math.max(0, malformed - 1);
            act(message);
        } catch (Message.Unreadable e) {
            reject(e.id(), e.error());
        }
    }

    private void act(Message message) {
        if (message instanceof Message.Call call) {
            serve(call);
        } else if (message instanceof Message.Answer answer) {
            Optional.ofNullable(unanswered.remove(answer.id().asLong()))
                    .ifPresent(waiting -> waiting.complete(answer.result()));
        } else if (message instanceof Message.Failure failure) {
            Optional.ofNullable(unanswered.remove(failure.id().asLong()))
                    .ifPresentOrElse(
                            waiting -> waiting.completeExceptionally(failure.error()),
                            () -> receiver.complained(failure.error()));
        }
    }

    private void serve(Message.Call call) {
        CompletableFuture<JsonNode> result;
        try {
            result = receiver.receive(call.method(), call.params());
        } catch (LinkError | Fenced e) {
            result = CompletableFuture.failedFuture(e);
        } catch (RuntimeException e) {
            LOG.error("{}: {} failed because of a fault of this program: report it", name, call.method(), e);
            result = CompletableFuture.failedFuture(
                    new LinkError(LinkError.INTERNAL, "a fault of the other side: " + e));
        }
        var unused = result.whenComplete((answer, failure) -> call.id()
                .ifPresentOrElse(
                        id -> {
                            answer(id, answer, failure);
                            receiver.answered(call.method(), failure == null);
                        },
                        () -> {
                            if (failure != null) {
                                LOG.warn(
                                        "{}: {} ignored: {}",
                                        name,
                                        call.method(),
                                        error(failure).sentence());
                            }
                        }));
    }

    private void answer(JsonNode id, JsonNode answer, @Nullable Throwable failure) {
        byte[] line = failure == null
                ? new Message.Answer(id, answer).line()
                : new Message.Failure(id, error(failure)).line();
        if (line.length > limits.write()) {
            line = new Message.Failure(
                            id,
                            new LinkError(LinkError.INTERNAL, "the answer is longer than " + limits.write() + " bytes"))
                    .line();
        }
        outbox.add(line);
    }

    private LinkError error(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof LinkError error) {
            return error;
        }
        if (cause instanceof Fenced) {
            return new LinkError(LinkError.FENCED, String.valueOf(cause.getMessage()));
        }
        LOG.debug("{}: answered with \"not now\"", name, cause);
        return new LinkError(LinkError.NOT_NOW, "not now: " + cause.getMessage());
    }

    private void reject(JsonNode id, LinkError error) {
        malformed++;
        outbox.add(new Message.Failure(id, error).line());
        if (malformed == 1) {
            LOG.warn("{} sent a malformed line: {}", name, error.sentence());
        }
        if (malformed > MALFORMED_LINES_FORGIVEN) {
            because("more than " + MALFORMED_LINES_FORGIVEN + " malformed lines");
            close();
        }
    }

    private void fail(long id) {
        Optional.ofNullable(unanswered.remove(id))
                .ifPresent(waiting -> waiting.completeExceptionally(
                        new LinkError(LinkError.LINK_LOST, "the link closed before the answer: " + why())));
    }
}
