package org.quorate.agent.inbox;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.link.FreeSlots;
import org.quorate.agent.link.Hello;
import org.quorate.agent.link.HelloAnswer;
import org.quorate.agent.link.Link;
import org.quorate.agent.link.LinkHandler;
import org.quorate.agent.link.Offer;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.quorate.claim.Completion;
import org.quorate.claim.Turn;
import org.quorate.scheduler.Schedulers;
import org.quorate.scheduler.Tick;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Queues the messages of the buildmaster until the loops take them, so that the link's own thread never waits for a
 * store. Thread-safe.
 */
public final class BuildmasterInbox implements LinkHandler {
    private static final Logger LOG = LoggerFactory.getLogger(BuildmasterInbox.class);

    private final AttachedBuildmaster attached;
    private final ConcurrentLinkedQueue<InboxRequest> requests = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<TickRequest> ticks = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<PublishRequest> publications = new ConcurrentLinkedQueue<>();
    private final CopyOnWriteArrayList<Runnable> onRequest = new CopyOnWriteArrayList<>();
    private final CopyOnWriteArrayList<Runnable> onTick = new CopyOnWriteArrayList<>();
    private final CopyOnWriteArrayList<Runnable> onPublication = new CopyOnWriteArrayList<>();

    public BuildmasterInbox(AttachedBuildmaster attached) {
        this.attached = attached;
    }

    /** A tick that waits for its commit. */
    public record TickRequest(Tick tick, CompletableFuture<Schedulers.TickResult> answer) {}

    /**
     * Events for the other masters.
     *
     * @param events a JSON array
     */
    public record PublishRequest(String events, CompletableFuture<@Nullable Void> answer) {}

    /**
     * Adds a listener, called after a request for the claim loop arrived. The listener must only wake a loop, never
     * act.
     */
    public void onRequest(Runnable wake) {
        onRequest.add(wake);
    }

    /** Adds a listener, called after a tick arrived. The listener must only wake a loop, never act. */
    public void onTick(Runnable wake) {
        onTick.add(wake);
    }

    /** Adds a listener, called after a publication arrived. The listener must only wake a loop, never act. */
    public void onPublication(Runnable wake) {
        onPublication.add(wake);
    }

    public @Nullable InboxRequest nextRequest() {
        return requests.poll();
    }

    public @Nullable TickRequest nextTick() {
        return ticks.poll();
    }

    public @Nullable PublishRequest nextPublication() {
        return publications.poll();
    }

    public boolean hasRequests() {
        return !requests.isEmpty();
    }

    public boolean hasPublications() {
        return !publications.isEmpty();
    }

    private <T> CompletableFuture<T> queue(CompletableFuture<T> answer, InboxRequest request) {
        requests.add(request);
        onRequest.forEach(Runnable::run);
        return answer;
    }

    @Override
    public CompletableFuture<HelloAnswer> hello(Hello hello, Link link) {
        attached.greeted(link);
        CompletableFuture<HelloAnswer> answer = new CompletableFuture<>();
        return queue(answer, new InboxRequest.Hello(hello, link, answer));
    }

    @Override
    public CompletableFuture<List<Claim>> claim(FreeSlots slots) {
        CompletableFuture<List<Claim>> answer = new CompletableFuture<>();
        return queue(answer, new InboxRequest.ClaimWork(slots, answer));
    }

    @Override
    public CompletableFuture<List<Offer>> candidates(List<String> builders) {
        CompletableFuture<List<Offer>> answer = new CompletableFuture<>();
        return queue(answer, new InboxRequest.Candidates(builders, answer));
    }

    @Override
    public void undelivered(List<Claim> claims) {
        claims.forEach(
                claim -> releaseUnasked(claim.attempt(), "its buildmaster disconnected before it received the claim"));
    }

    @Override
    public CompletableFuture<Boolean> complete(Completion completion) {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        return queue(answer, new InboxRequest.Complete(completion, answer));
    }

    /** Queues a release that nobody waits for. If it fails, the next hello or the next epoch releases the claim. */
    public void releaseUnasked(Attempt attempt, String why) {
        requests.add(new InboxRequest.Release(new Turn.Release(attempt, why), new CompletableFuture<>()));
        onRequest.forEach(Runnable::run);
    }

    @Override
    public CompletableFuture<Boolean> release(Attempt attempt, String why) {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        return queue(answer, new InboxRequest.Release(new Turn.Release(attempt, why), answer));
    }

    @Override
    public void ended(Attempt attempt) {
        requests.add(new InboxRequest.Ended(attempt));
        onRequest.forEach(Runnable::run);
    }

    @Override
    public CompletableFuture<@Nullable Void> publish(String events) {
        CompletableFuture<@Nullable Void> answer = new CompletableFuture<>();
        publications.add(new PublishRequest(events, answer));
        onPublication.forEach(Runnable::run);
        return answer;
    }

    @Override
    public CompletableFuture<Schedulers.TickResult> tick(Tick tick) {
        CompletableFuture<Schedulers.TickResult> answer = new CompletableFuture<>();
        ticks.add(new TickRequest(tick, answer));
        onTick.forEach(Runnable::run);
        return answer;
    }

    @Override
    public void closed(Link link, String why) {
        LOG.info("the buildmaster's link closed: {}", why);
        attached.detach(link);
    }
}
