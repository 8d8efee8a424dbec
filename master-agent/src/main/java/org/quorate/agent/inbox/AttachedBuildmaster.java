package org.quorate.agent.inbox;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.link.Hello;
import org.quorate.agent.link.Link;
import org.quorate.event.Cursor;

/** Knows which buildmaster is attached, and sends messages to it. Thread-safe. */
public final class AttachedBuildmaster {
    private volatile @Nullable Attached attached;
    private volatile @Nullable Link greeting;
    private volatile long attachments;
    private volatile LeaseListener onLease = (epoch, remaining) -> {};
    private final CopyOnWriteArrayList<Runnable> onChange = new CopyOnWriteArrayList<>();

    /**
     * A buildmaster whose hello was answered.
     *
     * @param cursor the last events of other masters that it knows; empty: it does not listen to events
     */
    public record Attached(Link link, Hello hello, Optional<Cursor> cursor) {}

    /** Gets each lease, besides the buildmaster. */
    public interface LeaseListener {
        /** Gets the lease of this epoch, which lasts for {@code remaining} from now. Must not block. */
        void leased(long epoch, Duration remaining);
    }

    /** Sets the listener for leases, which gets them whether a buildmaster is attached or not. */
    public void onLease(LeaseListener listener) {
        onLease = listener;
    }

    /** Adds a listener, called after a buildmaster attached or left. The listener must only wake a loop, never act. */
    public void onChange(Runnable wake) {
        onChange.add(wake);
    }

    /** Returns the buildmaster that is attached now. */
    public Optional<Attached> current() {
        return Optional.ofNullable(attached);
    }

    /** Returns how many hellos were answered in this agent's life. */
    public long attachments() {
        return attachments;
    }

    /** Returns whether a buildmaster sent a hello and waits for the answer. */
    public boolean isGreeted() {
        return greeting != null;
    }

    /** Sends a message to the buildmaster, if one is attached. */
    public void send(Consumer<Link> message) {
        current().ifPresent(buildmaster -> message.accept(buildmaster.link()));
    }

    /** Allows the buildmaster of this epoch to go on for this long, counted from now. */
    public void lease(long epoch, Duration remaining) {
        onLease.leased(epoch, remaining);
        send(link -> link.lease(remaining));
    }

    void greeted(Link link) {
        greeting = link;
    }

    /** Attaches a buildmaster whose hello is about to be answered. */
    public void attach(Attached buildmaster) {
        synchronized (this) {
            attachments++;
            attached = buildmaster;
            greeting = null;
        }
        if (!buildmaster.link().isOpen()) {
            // the link closed while the hello was being handled, when there was nothing to detach
            remove(buildmaster.link());
        }
        onChange.forEach(Runnable::run);
    }

    /** Detaches a link that closed. A newer link stays attached. */
    void detach(Link link) {
        if (remove(link)) {
            onChange.forEach(Runnable::run);
        }
    }

    private synchronized boolean remove(Link link) {
        if (greeting == link) {
            greeting = null;
        }
        boolean ours =
                current().filter(buildmaster -> buildmaster.link() == link).isPresent();
        if (ours) {
            attached = null;
        }
        return ours;
    }
}
