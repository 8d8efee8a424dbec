package org.quorate.agent.events;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.quorate.agent.authority.NotNow;
import org.quorate.agent.inbox.BuildmasterInbox;
import org.quorate.event.Events;
import org.quorate.event.Publication;
import org.quorate.master.Authority;
import org.quorate.master.UnknownOutcome;

/**
 * Publishes what the buildmaster laid down for the others, in the order in which it came; what waits together shares a commit.
 * Where nobody else takes part it is acknowledged unwritten. One thread.
 */
public final class Publisher {
    private static final int MOST_BATCHES = 100;
    private static final int MOST_CHARACTERS = 4 * 1024 * 1024;

    private final Events events;
    private final BuildmasterInbox inbox;
    private final Supplier<UUID> tokens;
    private final LongSupplier nanoTime;
    private final Duration believed;
    private final List<BuildmasterInbox.PublishRequest> requests = new ArrayList<>();
    private Optional<Doubt> doubt = Optional.empty();
    private boolean others;
    private long othersSeenAtNanos;

    /** A commit of these requests that was not answered. */
    private record Doubt(Authority authority, Publication publication) {}

    /** {@code believed}: how long others that were seen are taken to be there still. */
    public Publisher(
            Events events, BuildmasterInbox inbox, Supplier<UUID> tokens, LongSupplier nanoTime, Duration believed) {
        this.events = events;
        this.inbox = inbox;
        this.tokens = tokens;
        this.nanoTime = nanoTime;
        this.believed = believed;
    }

    /** Publishes what waits; what the stores throw leaves it waiting. */
    void publish(Authority authority) {
        settleDoubt(authority);
        gather();
        if (requests.isEmpty()) {
            return;
        }
        if (seesOthers(authority)) {
            Publication publication = new Publication(
                    tokens.get(),
                    requests.stream()
                            .map(BuildmasterInbox.PublishRequest::events)
                            .toList());
            try {
                events.publish(authority, publication);
            } catch (UnknownOutcome e) {
                doubt = Optional.of(new Doubt(authority, publication));
                throw e;
            }
        }
        acknowledge();
    }

    /** Answers that it cannot be done; but for what may have been done, which waits until that is known. */
    void reject(RuntimeException why) {
        if (doubt.isEmpty()) {
            requests.forEach(request -> request.answer().completeExceptionally(why));
            requests.clear();
        }
        for (BuildmasterInbox.PublishRequest next = inbox.nextPublication();
                next != null;
                next = inbox.nextPublication()) {
            next.answer().completeExceptionally(why);
        }
    }

    /** The authority is over, and with it whatever was in doubt. */
    void rejectAll(RuntimeException why) {
        doubt = Optional.empty();
        reject(why);
    }

    private void settleDoubt(Authority authority) {
        if (doubt.isPresent() && !doubt.get().authority().equals(authority)) {
            rejectAll(new NotNow("the epoch in which it was said is over"));
        }
        if (doubt.isPresent()) {
            events.settle(authority, doubt.get().publication());
            doubt = Optional.empty();
            acknowledge();
        }
    }

    private void gather() {
        long characters = 0;
        while (requests.size() < MOST_BATCHES && characters < MOST_CHARACTERS) {
            BuildmasterInbox.PublishRequest next = inbox.nextPublication();
            if (next == null) {
                return;
            }
            requests.add(next);
            characters += next.events().length();
        }
    }

    /** Nobody is told that somebody came, so that being alone is asked for again each time. */
    private boolean seesOthers(Authority authority) {
        long now = nanoTime.getAsLong();
        if (!others || now - othersSeenAtNanos >= believed.toNanos()) {
            others = events.hasOthers(authority.masterid());
            othersSeenAtNanos = now;
        }
        return others;
    }

    private void acknowledge() {
        requests.forEach(request -> request.answer().complete(null));
        requests.clear();
    }
}
