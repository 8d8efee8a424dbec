package org.quorate.agent.link;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.quorate.claim.Completion;
import org.quorate.scheduler.Schedulers.TickResult;
import org.quorate.scheduler.Tick;

/**
 * An agent without database and ZooKeeper: a queue in memory, and a record of a buildmaster's messages. Thread-safe.
 */
public final class InMemoryAgent implements LinkHandler {
    public final List<Hello> hellos = new CopyOnWriteArrayList<>();
    public final List<Link> links = new CopyOnWriteArrayList<>();
    public final List<String> closings = new CopyOnWriteArrayList<>();
    public final List<FreeSlots> asks = new CopyOnWriteArrayList<>();
    public final List<Claim> undelivered = new CopyOnWriteArrayList<>();
    public final List<Tick> ticks = new CopyOnWriteArrayList<>();
    public final List<Completion> completions = new CopyOnWriteArrayList<>();
    public final List<Integer> releases = new CopyOnWriteArrayList<>();
    public final List<Integer> ended = new CopyOnWriteArrayList<>();
    public final List<String> published = new CopyOnWriteArrayList<>();
    /** Handles a publication; throws if the publication must fail. */
    public volatile Consumer<String> publishing = events -> {};

    public volatile Duration lease = Duration.ofMinutes(5);
    public volatile List<Integer> stop = List.of();
    public volatile List<Claim> start = List.of();
    /** Whether the agent leaves claims without an answer. */
    public volatile boolean silent;

    public volatile Function<Tick, TickResult> ticking =
            tick -> new TickResult(TickResult.State.COMMITTED, 1, tick.atEpochSecond() * 1000);
    private final List<Claim> pending = new ArrayList<>();
    private final Map<Integer, UUID> held = new LinkedHashMap<>();
    private final Map<Integer, Integer> results = new LinkedHashMap<>();
    private final Set<String> occasions = new LinkedHashSet<>();

    /** Puts a buildrequest into the queue. */
    public synchronized void submit(int brid, String builder, String properties) {
        pending.add(new Claim(new Attempt(brid, UUID.randomUUID()), 1, builder, brid, 0, 1_800_000_000, properties));
    }

    public Link link() {
        return links.get(links.size() - 1);
    }

    public synchronized Map<Integer, Integer> results() {
        return Map.copyOf(results);
    }

    public synchronized Set<Integer> held() {
        return Set.copyOf(held.keySet());
    }

    /** Removes a claim, as if another master held it now. */
    public synchronized void takeAway(int brid) {
        held.remove(brid);
    }

    public synchronized Set<String> occasions() {
        return Set.copyOf(occasions);
    }

    @Override
    public CompletableFuture<HelloAnswer> hello(Hello hello, Link link) {
        hellos.add(hello);
        links.add(link);
        return CompletableFuture.completedFuture(new HelloAnswer(7, 41, stop, start, lease, false));
    }

    @Override
    public synchronized CompletableFuture<List<Claim>> claim(FreeSlots ask) {
        asks.add(ask);
        if (silent) {
            return new CompletableFuture<>();
        }
        Map<String, Integer> left = new LinkedHashMap<>(ask.slots());
        List<Claim> claims = new ArrayList<>();
        for (Claim claim : List.copyOf(pending)) {
            boolean chosen =
                    ask.chosen().getOrDefault(claim.builder(), List.of()).contains(claim.brid());
            if (chosen || claims.size() < ask.limit() && left.merge(claim.builder(), -1, Integer::sum) >= 0) {
                claims.add(claim);
                pending.remove(claim);
                held.put(claim.brid(), claim.attempt().token());
            }
        }
        return CompletableFuture.completedFuture(claims);
    }

    @Override
    public synchronized CompletableFuture<List<Offer>> candidates(List<String> builders) {
        return CompletableFuture.completedFuture(pending.stream()
                .filter(claim -> builders.contains(claim.builder()))
                .map(claim -> new Offer(claim.brid(), claim.builder(), claim.priority()))
                .toList());
    }

    @Override
    public void undelivered(List<Claim> claims) {
        undelivered.addAll(claims);
    }

    @Override
    public synchronized CompletableFuture<Boolean> complete(Completion completion) {
        completions.add(completion);
        boolean holder = held.remove(completion.brid(), completion.attempt().token());
        if (holder) {
            results.put(completion.brid(), completion.results());
        }
        boolean before = Integer.valueOf(completion.results()).equals(results.get(completion.brid()));
        return CompletableFuture.completedFuture(holder || before);
    }

    @Override
    public synchronized CompletableFuture<Boolean> release(Attempt attempt, String why) {
        releases.add(attempt.brid());
        return CompletableFuture.completedFuture(held.remove(attempt.brid(), attempt.token()));
    }

    @Override
    public void ended(Attempt attempt) {
        ended.add(attempt.brid());
    }

    @Override
    public CompletableFuture<@Nullable Void> publish(String events) {
        published.add(events);
        try {
            publishing.accept(events);
            return CompletableFuture.completedFuture(null);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public synchronized CompletableFuture<TickResult> tick(Tick tick) {
        ticks.add(tick);
        try {
            TickResult result = ticking.apply(tick);
            if (result.state() == TickResult.State.COMMITTED
                    && !occasions.add(tick.scheduler() + " " + tick.occasion())) {
                return CompletableFuture.completedFuture(
                        new TickResult(TickResult.State.ALREADY, result.buildsetid(), result.nowEpochMillis()));
            }
            return CompletableFuture.completedFuture(result);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public void closed(Link link, String why) {
        closings.add(why);
    }
}
