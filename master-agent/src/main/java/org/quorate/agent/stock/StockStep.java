package org.quorate.agent.stock;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.loop.Step;
import org.quorate.agent.supervision.BuildmasterProcess;
import org.quorate.agent.supervision.Supervisor;
import org.quorate.master.Authority;
import org.quorate.master.DatabaseUnreachable;
import org.quorate.master.StockActivity;
import org.quorate.time.Deadline;
import org.quorate.time.DurationOrder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches a stock buildmaster, which sends no messages and understands only signals. Reads in Buildbot's tables whether
 * it came up under its name, and doubts the epoch if its heartbeat there stands still. Wakes it if a buildrequest waits
 * although a worker is idle, and shuts it down cleanly if this master is drained or its agent stops. One thread, except
 * {@link #objection} and {@link #held}.
 */
public final class StockStep implements Step {
    private static final Logger LOG = LoggerFactory.getLogger(StockStep.class);
    /** The time between two looks; a working buildmaster claims its next buildrequest well within it. */
    private static final Duration LOOK = Duration.ofSeconds(1);
    /**
     * The time between two wake-ups for the same buildrequest, which may wait for another reason, a lock for example.
     */
    private static final Duration AGAIN = Duration.ofMinutes(5);
    /** The least number of looks at the heartbeat within its limit. */
    private static final int LOOKS_WITHIN_LIMIT = 10;

    private final String master;
    private final StockActivity activity;
    private final BuildmasterProcess process;
    private final MasterStateHolder masterState;
    private final Duration wakeInterval;
    private final Duration rest;
    private final StockHeartbeat heartbeats;
    private final LongSupplier nanoTime;
    private final Map<Integer, Deadline> wakeForAgain = new HashMap<>();
    private Set<Integer> waitedBefore = Set.of();
    private @Nullable Deadline nextLook;
    private @Nullable Deadline nextWake;
    private @Nullable Authority ended;
    private volatile @Nullable String objection = "the buildmaster does not run";
    private volatile int held;

    /**
     * How often the step acts.
     *
     * @param wakeInterval the least time between two signals; zero: the buildmaster is never woken
     * @param heartbeatLimit how long its heartbeat may stand still
     * @param poll the longest time between two looks
     */
    public record Spans(Duration wakeInterval, Duration heartbeatLimit, Duration poll) {
        Duration rest() {
            Duration often = heartbeatLimit.dividedBy(LOOKS_WITHIN_LIMIT);
            Duration longest = DurationOrder.shorter(often, poll);
            return longest.compareTo(LOOK) < 0 ? LOOK : longest;
        }
    }

    public StockStep(
            String master,
            StockActivity activity,
            BuildmasterProcess process,
            MasterStateHolder masterState,
            Spans spans,
            LongSupplier nanoTime) {
        this.master = master;
        this.activity = activity;
        this.process = process;
        this.masterState = masterState;
        this.wakeInterval = spans.wakeInterval();
        this.rest = spans.rest();
        this.heartbeats = new StockHeartbeat(spans.heartbeatLimit(), rest, nanoTime.getAsLong());
        this.nanoTime = nanoTime;
    }

    /** Returns why this master has no buildmaster; empty: it has one. Any thread. */
    public Optional<String> objection() {
        return Optional.ofNullable(objection);
    }

    /** Returns how many buildrequests this master held at the last look. Any thread. */
    public int held() {
        return held;
    }

    @Override
    public Taken take() {
        long now = nanoTime.getAsLong();
        Optional<Authority> authority = masterState.authority();
        if (!process.isRunning()) {
            held = 0;
            heartbeats.starts();
            return absent();
        }
        if (authority.isEmpty()) {
            heartbeats.forget();
            return absent();
        }
        Duration early = left(nextLook, now);
        if (!early.isZero()) {
            return new Taken("", early);
        }
        nextLook = Deadline.after(LOOK, now);
        boolean ends = masterState.current().draining() || masterState.current().stopping();
        try {
            StockActivity.Presence presence = activity.presence(authority.get(), master.split(":", 2)[0]);
            held = presence.held();
            Optional<String> hangs =
                    heartbeats.look(presence.registered() ? presence.heartbeat() : Optional.empty(), now);
            if (hangs.isPresent()) {
                return fence(authority.get(), hangs.get());
            }
            return ends ? end(authority.get()) : look(authority.get(), presence, now);
        } catch (DatabaseUnreachable e) {
            heartbeats.forget();
            return ends ? end(authority.get()) : Taken.waiting("cannot see the buildmaster: " + e.getMessage(), LOOK);
        }
    }

    private Taken absent() {
        objection = "the buildmaster does not run";
        waitedBefore = Set.of();
        return new Taken("", LOOK);
    }

    private Taken fence(Authority authority, String why) {
        LOG.warn("{}: it hangs and is killed", why);
        masterState.doubt(authority, why);
        return new Taken("the buildmaster hangs", LOOK);
    }

    private Taken look(Authority authority, StockActivity.Presence presence, long now) {
        if (!presence.registered()) {
            String absent = "no buildmaster has registered its builders as " + master + " yet"
                    + presence.stranger()
                            .map(name -> "; one on this machine has registered as " + name
                                    + ": if it is this one, write that name as `master`")
                            .orElse("");
            objection = absent;
            return new Taken(absent, LOOK);
        }
        objection = null;
        return wakeInterval.isZero() ? new Taken("", rest) : wakeIfItOverlooks(activity.waiting(authority), now);
    }

    /**
     * Requests Buildbot's clean shutdown: it starts nothing more and exits when its builds have ended. It cannot be
     * undone.
     */
    private Taken end(Authority authority) {
        boolean signalled = authority.equals(ended);
        if (!signalled && !process.signal(Supervisor.Signal.CLEAN_SHUTDOWN)) {
            return new Taken("the buildmaster cannot be signalled to shut down yet", LOOK);
        }
        ended = authority;
        return new Taken("signalled the buildmaster to shut down when its builds have ended", LOOK);
    }

    private Taken wakeIfItOverlooks(List<Integer> waiting, long now) {
        wakeForAgain.keySet().retainAll(waiting);
        List<Integer> fresh = waiting.stream()
                .filter(brid -> left(wakeForAgain.get(brid), now).isZero())
                .toList();
        List<Integer> overlooked = fresh.stream().filter(waitedBefore::contains).toList();
        waitedBefore = Set.copyOf(waiting);
        if (overlooked.isEmpty()) {
            return new Taken("", fresh.isEmpty() ? rest : LOOK);
        }
        Duration early = left(nextWake, now);
        if (!early.isZero()) {
            return new Taken("", DurationOrder.shorter(early, rest));
        }
        if (!process.signal(Supervisor.Signal.RECONFIGURE)) {
            return new Taken("the buildmaster cannot be woken yet", LOOK);
        }
        nextWake = Deadline.after(wakeInterval, now);
        overlooked.forEach(brid -> wakeForAgain.put(brid, Deadline.after(AGAIN, now)));
        return new Taken("woke the buildmaster: workers are idle while these buildrequests wait: " + overlooked, LOOK);
    }

    private static Duration left(@Nullable Deadline deadline, long now) {
        return deadline == null ? Duration.ZERO : deadline.remaining(now);
    }
}
