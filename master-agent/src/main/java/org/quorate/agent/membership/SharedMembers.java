package org.quorate.agent.membership;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.quorate.master.Member;
import org.quorate.master.Members;
import org.quorate.time.Deadline;

/**
 * The alive masters, read from ZooKeeper once for all loops that one event wakes. A snapshot is shared only if no event
 * came since its read began, and only for a moment: the watch may lose events, so nobody may rest on it for longer.
 * Thread-safe.
 */
public final class SharedMembers implements Supplier<Map<String, Member>> {
    static final Duration LIFE = Duration.ofMillis(100);

    private final Members members;
    private final LongSupplier nanoTime;
    private final AtomicLong events = new AtomicLong();
    private Map<String, Member> snapshot = Map.of();
    private long eventsAtRead = -1;
    private Deadline end = new Deadline(0);

    public SharedMembers(Members members, LongSupplier nanoTime) {
        this.members = members;
        this.nanoTime = nanoTime;
    }

    /** Records that something changed in ZooKeeper. Call it before any loop is woken. Never blocks. */
    public void changed() {
        events.incrementAndGet();
    }

    /**
     * Returns the alive masters by name, in an immutable map. While another thread reads them, this waits for its
     * answer.
     *
     * @throws org.quorate.master.ZooKeeperUnreachable they could not be read; nothing is kept
     */
    @Override
    public synchronized Map<String, Member> get() {
        if (eventsAtRead != events.get() || end.isOver(nanoTime.getAsLong())) {
            long before = events.get();
            Deadline until = Deadline.after(LIFE, nanoTime.getAsLong());
            snapshot = Collections.unmodifiableMap(new LinkedHashMap<>(members.members()));
            eventsAtRead = before;
            end = until;
        }
        return snapshot;
    }
}
