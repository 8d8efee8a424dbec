package org.quorate.agent.inbox;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.link.FreeSlots;
import org.quorate.agent.link.Hello;
import org.quorate.agent.link.HelloAnswer;
import org.quorate.agent.link.Link;
import org.quorate.agent.link.LinkHandler;
import org.quorate.claim.Claim;
import org.quorate.claim.Completion;
import org.quorate.claim.Turn;
import org.quorate.event.Cursor;
import org.quorate.scheduler.Schedulers;
import org.quorate.scheduler.Tick;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the buildmaster's messages are laid down for the loops to take, so that no message waits for a store on the link's
 * own thread; and who is attached. Thread-safe.
 */
public final class BuildmasterInbox implements LinkHandler {
    private static final Logger LOG = LoggerFactory.getLogger(BuildmasterInbox.class);

    private volatile Optional<Attached> attached = Optional.empty();
    private volatile Optional<Link> greeting = Optional.empty();
    private final ConcurrentLinkedQueue<Errand> errands = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<TickErrand> ticks = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<PublishErrand> publications = new ConcurrentLinkedQueue<>();
    private final CopyOnWriteArrayList<Runnable> onErrand = new CopyOnWriteArrayList<>();
    private final CopyOnWriteArrayList<Runnable> onTick = new CopyOnWriteArrayList<>();
    private final CopyOnWriteArrayList<Runnable> onPublication = new CopyOnWriteArrayList<>();
    private final CopyOnWriteArrayList<Runnable> onAttachment = new CopyOnWriteArrayList<>();

    /**
     * A buildmaster at the other end of a link, with what it said of itself.
     *
     * @param cursor what it has heard of others; empty: it does not listen
     */
    public record Attached(Link link, Hello hello, Optional<Cursor> cursor) {}

    /** Something for the claim loop, with the future that its answer completes. */
    public sealed interface Errand {
        /** Answers that it cannot be done now; the buildmaster asks again. */
        void refuse(RuntimeException why);
    }

    public record HelloErrand(Hello hello, Link link, CompletableFuture<HelloAnswer> answer) implements Errand {
        @Override
        public void refuse(RuntimeException why) {
            answer.completeExceptionally(why);
        }
    }

    public record ClaimErrand(FreeSlots ask, CompletableFuture<List<Claim>> answer) implements Errand {
        @Override
        public void refuse(RuntimeException why) {
            answer.completeExceptionally(why);
        }
    }

    public record CompleteErrand(Completion completion, CompletableFuture<Boolean> answer) implements Errand {
        @Override
        public void refuse(RuntimeException why) {
            answer.completeExceptionally(why);
        }
    }

    public record ReleaseErrand(Turn.Release release, CompletableFuture<Boolean> answer) implements Errand {
        @Override
        public void refuse(RuntimeException why) {
            answer.completeExceptionally(why);
        }
    }

    /** Already answered: it asks for no store. */
    public record EndedErrand(int brid, UUID attempt) implements Errand {
        @Override
        public void refuse(RuntimeException why) {}
    }

    public record TickErrand(Tick tick, CompletableFuture<Schedulers.TickResult> answer) {}

    public record PublishErrand(String events, CompletableFuture<@Nullable Void> answer) {}

    public void onErrand(Runnable wake) {
        onErrand.add(wake);
    }

    public void onTick(Runnable wake) {
        onTick.add(wake);
    }

    public void onPublication(Runnable wake) {
        onPublication.add(wake);
    }

    /** Called when a buildmaster attached or went. */
    public void onAttachment(Runnable wake) {
        onAttachment.add(wake);
    }

    public Optional<Attached> attached() {
        return attached;
    }

    /** A buildmaster said hello and waits for the answer. */
    public boolean isGreeted() {
        return greeting.isPresent();
    }

    /** Says something to the buildmaster, if one is attached. */
    public void tell(Consumer<Link> message) {
        attached.ifPresent(a -> message.accept(a.link()));
    }

    /** The claim loop has answered the hello: from now on this is the buildmaster. */
    public void attach(Attached who) {
        synchronized (this) {
            attached = Optional.of(who);
            greeting = Optional.empty();
        }
        if (!who.link().isOpen()) {
            // it closed while its hello was under way: the death notice found nobody attached
            closed(who.link(), "it closed before its hello was answered");
        }
        onAttachment.forEach(Runnable::run);
    }

    public @Nullable Errand nextErrand() {
        return errands.poll();
    }

    public @Nullable TickErrand nextTick() {
        return ticks.poll();
    }

    public @Nullable PublishErrand nextPublication() {
        return publications.poll();
    }

    public boolean hasPublications() {
        return !publications.isEmpty();
    }

    public boolean hasErrands() {
        return !errands.isEmpty();
    }

    private <T> CompletableFuture<T> lay(CompletableFuture<T> answer, Errand errand) {
        errands.add(errand);
        onErrand.forEach(Runnable::run);
        return answer;
    }

    @Override
    public CompletableFuture<HelloAnswer> hello(Hello hello, Link link) {
        greeting = Optional.of(link);
        CompletableFuture<HelloAnswer> answer = new CompletableFuture<>();
        return lay(answer, new HelloErrand(hello, link, answer));
    }

    @Override
    public CompletableFuture<List<Claim>> claim(FreeSlots ask) {
        CompletableFuture<List<Claim>> answer = new CompletableFuture<>();
        return lay(answer, new ClaimErrand(ask, answer));
    }

    @Override
    public void undelivered(List<Claim> claims) {
        for (Claim claim : claims) {
            give(new Turn.Release(claim.brid(), claim.attempt(), "its buildmaster went before it heard of the claim"));
        }
    }

    /** Lays down a release that nobody waits for. */
    public void give(Turn.Release release) {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        // nobody waits: what is not released now, the next hello or the next epoch releases
        errands.add(new ReleaseErrand(release, answer));
        onErrand.forEach(Runnable::run);
    }

    @Override
    public CompletableFuture<Boolean> complete(Completion completion) {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        return lay(answer, new CompleteErrand(completion, answer));
    }

    @Override
    public CompletableFuture<Boolean> release(int brid, UUID attempt, String why) {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        return lay(answer, new ReleaseErrand(new Turn.Release(brid, attempt, why), answer));
    }

    @Override
    public void ended(int brid, UUID attempt) {
        errands.add(new EndedErrand(brid, attempt));
        onErrand.forEach(Runnable::run);
    }

    @Override
    public CompletableFuture<@Nullable Void> publish(String events) {
        CompletableFuture<@Nullable Void> answer = new CompletableFuture<>();
        publications.add(new PublishErrand(events, answer));
        onPublication.forEach(Runnable::run);
        return answer;
    }

    @Override
    public CompletableFuture<Schedulers.TickResult> tick(Tick tick) {
        CompletableFuture<Schedulers.TickResult> answer = new CompletableFuture<>();
        ticks.add(new TickErrand(tick, answer));
        onTick.forEach(Runnable::run);
        return answer;
    }

    @Override
    public void closed(Link link, String why) {
        LOG.info("the buildmaster's link closed: {}", why);
        if (detach(link)) {
            onAttachment.forEach(Runnable::run);
        }
    }

    private synchronized boolean detach(Link link) {
        greeting = greeting.filter(waiting -> waiting != link);
        boolean ours = attached.filter(a -> a.link() == link).isPresent();
        if (ours) {
            attached = Optional.empty();
        }
        return ours;
    }
}
