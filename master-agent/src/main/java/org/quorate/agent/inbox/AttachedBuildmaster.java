package org.quorate.agent.inbox;

import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.quorate.agent.link.Hello;
import org.quorate.agent.link.Link;
import org.quorate.event.Cursor;

/** Knows which buildmaster is attached, and sends messages to it. Thread-safe. */
public final class AttachedBuildmaster {
    private volatile Optional<Attached> attached = Optional.empty();
    private volatile Optional<Link> greeting = Optional.empty();
    private final CopyOnWriteArrayList<Runnable> onChange = new CopyOnWriteArrayList<>();

    /**
     * A buildmaster whose hello was answered.
     *
     * @param cursor up to where it knows the events of other masters; empty: it does not listen to them
     */
    public record Attached(Link link, Hello hello, Optional<Cursor> cursor) {}

    /** Called after a buildmaster attached or went: wake, never act. */
    public void onChange(Runnable wake) {
        onChange.add(wake);
    }

    /** The buildmaster that is attached now. */
    public Optional<Attached> current() {
        return attached;
    }

    /** Whether a buildmaster said hello and waits for the answer. */
    public boolean isGreeted() {
        return greeting.isPresent();
    }

    /** Sends a message to the buildmaster, if one is attached. */
    public void send(Consumer<Link> message) {
        attached.ifPresent(buildmaster -> message.accept(buildmaster.link()));
    }

    void greeted(Link link) {
        greeting = Optional.of(link);
    }

    /** Its hello is about to be answered: from now on this is the buildmaster. */
    public void attach(Attached buildmaster) {
        synchronized (this) {
            attached = Optional.of(buildmaster);
            greeting = Optional.empty();
        }
        if (!buildmaster.link().isOpen()) {
            // it closed while its hello was under way, when there was nothing to detach
            remove(buildmaster.link());
        }
        onChange.forEach(Runnable::run);
    }

    /** This link closed. A newer one stays attached. */
    void detach(Link link) {
        if (remove(link)) {
            onChange.forEach(Runnable::run);
        }
    }

    private synchronized boolean remove(Link link) {
        greeting = greeting.filter(waiting -> waiting != link);
        boolean ours =
                attached.filter(buildmaster -> buildmaster.link() == link).isPresent();
        if (ours) {
            attached = Optional.empty();
        }
        return ours;
    }
}
