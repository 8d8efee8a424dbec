package org.quorate.agent.events;

import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import org.quorate.agent.loop.Step;
import org.quorate.postgres.Notifications;

/** Listens to the database, and wakes the loop that a notification is for. One thread. */
public final class NotificationStep implements Step {
    private static final int LISTEN_MILLIS = 500;
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final Notifications notifications;
    private final Map<String, Consumer<String>> wakes;

    /** {@code wakes}: one action for each channel, called with the payload. */
    public NotificationStep(Notifications notifications, Map<String, Consumer<String>> wakes) {
        this.notifications = notifications;
        this.wakes = Map.copyOf(wakes);
    }

    @Override
    public Taken take() {
        boolean heard = notifications.await(
                LISTEN_MILLIS,
                one -> wakes.getOrDefault(one.channel(), payload -> {}).accept(one.payload()));
        return heard ? new Taken("listening", Duration.ZERO) : Taken.waiting("cannot listen; polling instead", RETRY);
    }
}
