package org.quorate.agent.link;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.quorate.claim.Turn;
import org.quorate.event.Batch;
import org.quorate.scheduler.Ownership;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The agent's end of one connection: converts messages to calls of the {@link LinkHandler} and back. Thread-safe. */
final class BuildmasterLink implements Link, Peer.Receiver {
    private static final Logger LOG = LoggerFactory.getLogger(BuildmasterLink.class);

    private final LinkHandler handler;
    private final LongSupplier nanoTime;
    private final Peer peer;
    private Stage stage = Stage.CONNECTED;
    private final List<Runnable> held = new ArrayList<>();
    private final AtomicBoolean spoke = new AtomicBoolean();
    private volatile @Nullable Duration promised;
    private volatile boolean awaited;

    private enum Stage {
        CONNECTED,
        GREETED,
        /**
         * The answer to hello is known. The buildmaster may already have it, before this class notes that it was
         * queued.
         */
        ANSWERED,
        OPEN,
        REFUSED
    }

    BuildmasterLink(String name, SocketChannel channel, LinkHandler handler, LongSupplier nanoTime) {
        this.handler = handler;
        this.nanoTime = nanoTime;
        this.peer = new Peer(name, channel, Peer.Limits.AGENT, this);
    }

    /** Sends the error and closes, unless a hello arrived. */
    void refuseUnlessGreeted(LinkError error) {
        synchronized (this) {
            if (stage != Stage.CONNECTED) {
                return;
            }
            stage = Stage.REFUSED;
        }
        peer.refuse(error);
    }

    Peer peer() {
        return peer;
    }

    synchronized boolean isGreeted() {
        return stage == Stage.GREETED || isAnswered();
    }

    private synchronized boolean isAnswered() {
        return stage == Stage.ANSWERED || stage == Stage.OPEN;
    }

    @Override
    public CompletableFuture<JsonNode> receive(String method, ObjectNode params) {
        Fields fields = Fields.of(method, params);
        spoke.set(true);
        awaited = false;
        return switch (method) {
            case "hello" -> hello(fields);
            case "heartbeat", "claim", "candidates", "complete", "release", "ended", "tick", "publish" -> {
                if (!isAnswered()) {
                    throw new LinkError(
                            LinkError.OUT_OF_ORDER, method + " before the answer to hello: send hello first");
                }
                yield serve(method, fields);
            }
            default ->
                throw new LinkError(
                        LinkError.UNKNOWN_METHOD,
                        "there is no method " + method
                                + "; there are hello, heartbeat, claim, candidates, complete, release, ended, tick,"
                                + " publish");
        };
    }

    private CompletableFuture<JsonNode> serve(String method, Fields fields) {
        return switch (method) {
            case "heartbeat" -> CompletableFuture.completedFuture(Wire.object());
            case "claim" -> handler.claim(Wire.ask(fields)).thenApply(claims -> Wire.writeClaims(delivered(claims)));
            case "candidates" -> handler.candidates(Wire.builders(fields)).thenApply(Wire::writeOffers);
            case "complete" -> handler.complete(Wire.completion(fields)).thenApply(Wire::writeAccepted);
            case "release" -> {
                Turn.Release release = Wire.release(fields);
                yield handler.release(release.attempt(), release.why()).thenApply(Wire::writeAccepted);
            }
            case "ended" -> {
                Attempt ended = Wire.ended(fields);
                handler.ended(ended);
                yield CompletableFuture.completedFuture(Wire.object());
            }
            case "publish" -> handler.publish(Wire.publication(fields)).thenApply(done -> Wire.object());
            default -> handler.tick(Wire.tick(fields)).thenApply(Wire::write);
        };
    }

    /** Returns the claims that fit the answer; the others are released. */
    private List<Claim> delivered(List<Claim> claims) {
        int fitting = peer.isClosed() ? 0 : Wire.fitting(claims, Peer.Limits.AGENT.write());
        if (fitting < claims.size()) {
            handler.undelivered(claims.subList(fitting, claims.size()));
        }
        return claims.subList(0, fitting);
    }

    private CompletableFuture<JsonNode> hello(Fields fields) {
        Hello hello = HelloWire.hello(fields);
        promised = HelloWire.heartbeat(fields).orElse(null);
        synchronized (this) {
            if (stage != Stage.CONNECTED) {
                throw new LinkError(LinkError.OUT_OF_ORDER, "there is one hello for each connection");
            }
            stage = Stage.GREETED;
        }
        return handler.hello(hello, this).thenApply(answer -> {
            synchronized (this) {
                stage = Stage.ANSWERED;
            }
            return HelloWire.write(answer, delivered(answer.claims()));
        });
    }

    @Override
    public synchronized void answered(String method, boolean well) {
        if (!method.equals("hello") || stage == Stage.OPEN || !isGreeted()) {
            return;
        }
        if (!well) {
            close();
            return;
        }
        stage = Stage.OPEN;
        held.forEach(Runnable::run);
        held.clear();
    }

    @Override
    public void complained(LinkError error) {
        LOG.warn("the buildmaster could not use a message of this agent: {}", error.sentence());
    }

    @Override
    public void closed(String why) {
        boolean known = isGreeted();
        LOG.info("link closed: {}", why);
        if (known) {
            handler.closed(this, why);
        }
    }

    /** Sends a notification, in order, and never before the answer to hello. */
    private synchronized void send(String method, ObjectNode params) {
        if (stage == Stage.OPEN) {
            peer.send(method, params);
        } else if (!peer.isClosed()) {
            held.add(() -> peer.send(method, params));
        }
    }

    @Override
    public void lease(Duration remaining) {
        send(
                "lease",
                Wire.object().put("remainingMillis", remaining.toMillis()).put("sentNanos", nanoTime.getAsLong()));
    }

    @Override
    public void own(Ownership ownership) {
        send("own", Wire.write(ownership));
    }

    @Override
    public void disown(String scheduler) {
        send("disown", Wire.object().put("scheduler", scheduler));
    }

    @Override
    public void wake() {
        awaited = true;
        send("wake", Wire.object());
    }

    @Override
    public void due(String scheduler, List<Integer> buildsets) {
        ObjectNode params = Wire.object().put("scheduler", scheduler);
        ArrayNode array = params.putArray("buildsets");
        buildsets.forEach(array::add);
        send("due", params);
    }

    @Override
    public void cancel(int brid, String why) {
        send("cancel", Wire.object().put("brid", brid).put("why", why));
    }

    @Override
    public void drain(boolean on) {
        send("drain", Wire.object().put("on", on));
    }

    @Override
    public void database(UUID identity) {
        send("database", Wire.object().put("identity", identity.toString()));
    }

    /** Leaves out events that cannot be sent. The empty batch keeps their number, so that the buildmaster can go on. */
    @Override
    public void events(Batch batch) {
        try {
            send("events", Wire.write(batch));
        } catch (IllegalArgumentException e) {
            LOG.warn("events {} of master {} are left out: {}", batch.seq(), batch.masterid(), e.getMessage());
            send("events", Wire.write(new Batch(batch.masterid(), batch.seq(), "[]")));
        }
    }

    @Override
    public boolean isBehind() {
        return peer.isBehind();
    }

    @Override
    public void fence(String why) {
        send("fence", Wire.object().put("why", why));
    }

    @Override
    public Optional<Duration> promised() {
        return Optional.ofNullable(promised);
    }

    @Override
    public boolean spoke() {
        return spoke.getAndSet(false);
    }

    @Override
    public boolean isAwaited() {
        return awaited;
    }

    @Override
    public boolean isOpen() {
        return !peer.isClosed();
    }

    @Override
    public void close() {
        peer.close();
    }
}
