package org.quorate.agent.events;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.authority.AuthorizedStep;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.authority.NotNow;
import org.quorate.agent.inbox.AttachedBuildmaster;
import org.quorate.agent.inbox.BuildmasterInbox;
import org.quorate.agent.link.Link;
import org.quorate.agent.metrics.Metrics;
import org.quorate.event.Batch;
import org.quorate.event.Cursor;
import org.quorate.event.Events;
import org.quorate.master.Authority;
import org.quorate.master.DatabaseUnreachable;
import org.quorate.master.Fenced;
import org.quorate.master.StoreUnreachable;
import org.quorate.master.UnknownOutcome;
import org.quorate.time.Deadline;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Relays events between buildmasters: publishes the events of this agent's buildmaster, and sends it, if it listens,
 * the other masters' events after its cursor. One thread, except {@link #listen}.
 */
public final class RelayStep extends AuthorizedStep {
    private static final Logger LOG = LoggerFactory.getLogger(RelayStep.class);
    private static final Duration RETRY = Duration.ofMillis(250);
    private static final Duration WHILE_BEHIND = Duration.ofMillis(100);
    private static final Duration OUT = Duration.ofSeconds(1);
    /** A batch may be a mebibyte. */
    private static final int MOST_BATCHES = 32;

    private final Events events;
    private final Publisher publisher;
    private final BuildmasterInbox inbox;
    private final AttachedBuildmaster attached;
    private final LongSupplier nanoTime;
    private final Duration poll;
    private final AtomicBoolean hinted = new AtomicBoolean(true);
    private AttachedBuildmaster.@Nullable Attached listener;
    private @Nullable Cursor cursor;
    private Deadline nextRead;

    public RelayStep(
            Events events,
            Publisher publisher,
            MasterStateHolder masterState,
            BuildmasterInbox inbox,
            AttachedBuildmaster attached,
            LongSupplier nanoTime,
            Duration poll,
            Metrics metrics) {
        super(masterState, metrics, RETRY);
        this.events = events;
        this.publisher = publisher;
        this.inbox = inbox;
        this.attached = attached;
        this.nanoTime = nanoTime;
        this.poll = poll;
        this.nextRead = Deadline.after(poll, nanoTime.getAsLong());
    }

    /**
     * Records that a master published an event. Any thread.
     *
     * @param masterid the payload of the notification, as text; only a hint
     * @return false: the master is this one
     */
    public boolean listen(String masterid) {
        boolean ours = masterState
                .current()
                .authority()
                .filter(authority -> masterid.equals(Integer.toString(authority.masterid())))
                .isPresent();
        if (!ours) {
            hinted.set(true);
        }
        return !ours;
    }

    @Override
    protected Taken withoutAuthority() {
        publisher.reject(new NotNow("this master does not trust itself now"));
        return new Taken("", OUT);
    }

    @Override
    protected Taken take(Authority authority) {
        publisher.publish(authority);
        return passOn(authority);
    }

    @Override
    protected void fenced(Fenced e) {
        publisher.rejectAll(e);
    }

    @Override
    protected String unreachable(Authority authority, StoreUnreachable e) {
        if (e instanceof UnknownOutcome) {
            metrics.unknown();
            return "outcome unknown, looking it up: " + e.getMessage();
        }
        publisher.reject(new NotNow(String.valueOf(e.getMessage())));
        return "events wait: " + e.getMessage();
    }

    private Taken passOn(Authority authority) {
        greetANewListener(authority);
        if (listener == null || cursor == null || !isReadDue()) {
            return rest();
        }
        Link link = listener.link();
        if (link.isBehind()) {
            return new Taken("the buildmaster is slow to read the events of other masters", WHILE_BEHIND);
        }
        hinted.set(false);
        List<Batch> batches = read(authority, cursor);
        nextRead = Deadline.after(poll, nanoTime.getAsLong());
        if (batches.isEmpty()) {
            cursor = followTheDatabaseBack(cursor, authority, link);
        }
        for (Batch batch : batches) {
            link.events(batch);
            cursor = cursor.after(batch);
        }
        if (batches.size() == MOST_BATCHES) {
            hinted.set(true);
            return new Taken("", Duration.ZERO);
        }
        return rest();
    }

    /**
     * Begins at the newest event if the position is beyond all that the database has issued: the database went back, as
     * by a restore. Otherwise the buildmaster would hear nothing until as many events were published as were lost.
     */
    private Cursor followTheDatabaseBack(Cursor before, Authority authority, Link link) {
        long issued = events.issued();
        if (!before.isBeyond(issued)) {
            return before;
        }
        Cursor now = new Cursor(Map.of(), issued);
        LOG.warn(
                "the database went back, as after a restore: the buildmaster had received events up to {}, and the"
                        + " database has issued numbers up to {}; it receives what is published from now on, and the"
                        + " events in between are lost",
                before.last(),
                issued);
        metrics.wentBack();
        now.correction(before, authority.masterid()).forEach(link::events);
        return now;
    }

    private void greetANewListener(Authority authority) {
        AttachedBuildmaster.Attached current = attached.current().orElse(null);
        if (Objects.equals(current, listener)) {
            return;
        }
        listener = current;
        cursor = current == null ? null : current.cursor().orElse(null);
        if (current != null && cursor != null) {
            current.link().events(cursor.greeting(authority.masterid()));
        }
        hinted.set(true);
    }

    private boolean isReadDue() {
        return hinted.get() || nextRead.isOver(nanoTime.getAsLong());
    }

    private List<Batch> read(Authority authority, Cursor from) {
        try {
            return events.read(authority.masterid(), from, MOST_BATCHES);
        } catch (DatabaseUnreachable e) {
            hinted.set(true);
            throw e;
        }
    }

    private Taken rest() {
        return new Taken("", inbox.hasPublications() ? Duration.ZERO : poll);
    }
}
