package org.quorate.agent.events;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.authority.NotNow;
import org.quorate.agent.inbox.BuildmasterInbox;
import org.quorate.event.Events;
import org.quorate.event.Publication;
import org.quorate.master.Authority;
import org.quorate.master.UnknownOutcome;
import org.quorate.time.Deadline;

/**
 * Publishes the buildmaster's events for the other masters, in order of arrival; events that wait together share a
 * commit. If no other master takes part, the events are acknowledged without a write. One thread.
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
    private @Nullable Doubt doubt;
    private @Nullable Deadline othersUntil;

    /** A publication whose commit was not answered. */
    private record Doubt(Authority authority, Publication publication) {}

    /** {@code believed}: how long other masters, once seen, are assumed to be still there. */
    public Publisher(
            Events events, BuildmasterInbox inbox, Supplier<UUID> tokens, LongSupplier nanoTime, Duration believed) {
        this.events = events;
        this.inbox = inbox;
        this.tokens = tokens;
        this.nanoTime = nanoTime;
        this.believed = believed;
    }

    /** Publishes the waiting events. If a store throws, the events keep waiting. */
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
                doubt = new Doubt(authority, publication);
                throw e;
            }
        }
        acknowledge();
    }

    /**
     * Rejects the waiting requests, except those whose commit may have happened: they wait until its outcome is known.
     */
    void reject(RuntimeException why) {
        if (doubt == null) {
            requests.forEach(request -> request.answer().completeExceptionally(why));
            requests.clear();
        }
        for (BuildmasterInbox.PublishRequest next = inbox.nextPublication();
                next != null;
                next = inbox.nextPublication()) {
            next.answer().completeExceptionally(why);
        }
    }

    /** Rejects all requests, also those in doubt, because the authority is over. */
    void rejectAll(RuntimeException why) {
        doubt = null;
        reject(why);
    }

    private void settleDoubt(Authority authority) {
        if (doubt != null && !doubt.authority().equals(authority)) {
            rejectAll(new NotNow("the epoch in which these events were sent is over"));
        }
        if (doubt != null) {
            events.settle(authority, doubt.publication());
            doubt = null;
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

    /**
     * No notification arrives when the first other master appears; so as long as there is none, every call asks again.
     */
    private boolean seesOthers(Authority authority) {
        long now = nanoTime.getAsLong();
        if (othersUntil == null || othersUntil.isOver(now)) {
            othersUntil = events.hasOthers(authority.masterid()) ? Deadline.after(believed, now) : null;
        }
        return othersUntil != null;
    }

    private void acknowledge() {
        requests.forEach(request -> request.answer().complete(null));
        requests.clear();
    }
}
