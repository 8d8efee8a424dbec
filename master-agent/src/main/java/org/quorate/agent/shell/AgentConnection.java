package org.quorate.agent.shell;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.link.Hello;
import org.quorate.agent.link.HelloAnswer;
import org.quorate.agent.link.HelloWire;
import org.quorate.agent.link.LinkError;
import org.quorate.agent.link.Peer;
import org.quorate.agent.link.Wire;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The buildmaster's end of the link. It connects and sends hello, and does so again, with a growing pause, whenever the
 * link is lost. One thread: the loop's; only {@link Events#received} is called on the reader's.
 */
final class AgentConnection {
    private static final Logger LOG = LoggerFactory.getLogger(AgentConnection.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    /** The pause stays short, since the agent may be restarting while the lease runs out. */
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(250);

    private final Path socket;
    private final Loop loop;
    private final LongSupplier nanoTime;
    private final Duration heartbeat;
    private final Events events;
    private @Nullable Peer open;
    private Duration pause = FIRST_PAUSE;
    private String lastFault = "";
    private boolean closed;
    private @Nullable Peer connecting;

    /** Handles the events of the connection. */
    interface Events {
        Hello hello();

        /** Called with the answer to hello; {@code sentNanos} is when hello was sent, from which the lease counts. */
        void connected(HelloAnswer answer, long sentNanos);
        /** Called when the link was lost: calls end with LINK_LOST from now on, and those in flight did. */
        void lost(String why);

        /** Called with each message of the agent, on the reader's thread. May throw {@link LinkError}. */
        void received(String method, ObjectNode params);
    }

    /** {@code heartbeat}: how often {@link #beat} is called, which is promised to the agent. */
    AgentConnection(Path socket, Loop loop, LongSupplier nanoTime, Duration heartbeat, Events events) {
        this.socket = socket;
        this.loop = loop;
        this.nanoTime = nanoTime;
        this.heartbeat = heartbeat;
        this.events = events;
    }

    boolean isOpen() {
        return open != null;
    }

    /** Sends a heartbeat, which shows that the loop runs; the agent's answer is ignored. */
    void beat() {
        if (open != null) {
            var unused = open.call("heartbeat", Wire.object());
        }
    }

    /** Sends a request to the agent. The answer, or a LinkError, arrives on the loop. */
    void ask(String method, ObjectNode params, Answer answer) {
        CompletableFuture<JsonNode> asked = open != null
                ? open.call(method, params)
                : CompletableFuture.failedFuture(new LinkError(LinkError.LINK_LOST, "there is no link to the agent"));
        var unused = asked.whenComplete((result, failure) -> loop.run(() -> {
            if (failure == null) {
                succeeded(result, answer);
            } else {
                answer.failed(linkError(failure));
            }
        }));
    }

    private static void succeeded(JsonNode result, Answer answer) {
        try {
            answer.succeeded(result);
        } catch (LinkError e) {
            answer.failed(new LinkError(LinkError.INTERNAL, "the answer cannot be used: " + e.sentence()));
        }
    }

    /** Handles the answer to one request. */
    interface Answer {
        void succeeded(JsonNode result);

        void failed(LinkError error);
    }

    void connect() {
        if (closed) {
            return;
        }
        try {
            SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
            Peer[] self = new Peer[1];
            Peer peer = new Peer("agent", channel, Peer.Limits.BUILDMASTER, new Peer.Receiver() {
                @Override
                public CompletableFuture<JsonNode> receive(String method, ObjectNode params) {
                    events.received(method, params);
                    return CompletableFuture.completedFuture(Wire.object());
                }

                @Override
                public void complained(LinkError error) {
                    loop.run(() -> logFault("the agent sent an error: " + error.sentence()));
                }

                @Override
                public void closed(String why) {
                    loop.run(() -> lost(self[0], why));
                }
            });
            self[0] = peer;
            connecting = peer;
            peer.start();
            sendHello(peer);
        } catch (IOException e) {
            logFault("no agent listens at " + socket + ": " + e.getMessage());
            later();
        }
    }

    private void sendHello(Peer peer) {
        long sent = nanoTime.getAsLong();
        var unused = peer.call("hello", HelloWire.write(events.hello()).put("heartbeatMillis", heartbeat.toMillis()))
                .whenComplete((result, failure) -> loop.run(() -> {
                    if (failure != null) {
                        if (linkError(failure).code() != LinkError.LINK_LOST) {
                            logFault("the agent rejects this buildmaster: "
                                    + linkError(failure).sentence());
                        }
                        peer.close();
                    } else if (!closed) {
                        greeted(peer, result, sent);
                    }
                }));
    }

    private void greeted(Peer peer, JsonNode result, long sent) {
        try {
            HelloAnswer answer = HelloWire.helloAnswer(result);
            open = peer;
            pause = FIRST_PAUSE;
            lastFault = "";
            LOG.info("connected to the agent of master {}, epoch {}", answer.masterid(), answer.epoch());
            events.connected(answer, sent);
        } catch (LinkError e) {
            logFault("the agent's answer to hello cannot be used: " + e.sentence());
            peer.close();
        }
    }

    private void lost(Peer peer, String why) {
        if (connecting != peer) {
            return;
        }
        connecting = null;
        if (open != null) {
            open = null;
            LOG.warn("link to the agent lost: {}", why);
            events.lost(why);
        }
        later();
    }

    private void later() {
        if (!closed) {
            var unused = loop.after(pause, this::connect);
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
        }
    }

    /** Logs a fault once, not again at every attempt. */
    private void logFault(String sentence) {
        if (!sentence.equals(lastFault)) {
            LOG.warn("{}", sentence);
            lastFault = sentence;
        }
    }

    /** Closes for good. */
    void close() {
        closed = true;
        Peer peer = connecting;
        if (peer != null) {
            peer.close();
            try {
                if (!peer.awaitClosed(TimeUnit.SECONDS.toMillis(2))) {
                    LOG.warn("the link did not close within 2 s");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static LinkError linkError(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof LinkError error ? error : new LinkError(LinkError.INTERNAL, cause.toString());
    }
}
