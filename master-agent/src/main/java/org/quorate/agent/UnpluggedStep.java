package org.quorate.agent;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.quorate.agent.buildmaster.Supervisor;
import org.quorate.master.Authority;
import org.quorate.master.Traces;
import org.quorate.postgres.DatabaseUnreachable;

/**
 * Looks after a buildmaster without the plugin, which says nothing and is told by signals only: sees in Buildbot's tables
 * whether it came up under its name, wakes it where a buildrequest waits beside an idle worker, and has it end in order when
 * this master is drained or its agent stops. One thread, but for {@link #objection}.
 */
final class UnpluggedStep implements Step {
    /** Between two looks: a buildmaster that works takes its next buildrequest well within it. */
    private static final Duration LOOK = Duration.ofSeconds(1);
    /** What waits on for another reason than an overlooked buildrequest, a lock for example, is not worth more. */
    private static final Duration AGAIN = Duration.ofMinutes(5);

    private final String master;
    private final Traces traces;
    private final Hand hand;
    private final Tenure tenure;
    private final Duration wakeInterval;
    private final Duration poll;
    private final LongSupplier nanoTime;
    private final Map<Integer, Long> wokenForAtNanos = new HashMap<>();
    private Set<Integer> waitedBefore = Set.of();
    private Optional<Long> lookedAtNanos = Optional.empty();
    private Optional<Long> wokenAtNanos = Optional.empty();
    private Optional<Authority> ended = Optional.empty();
    private volatile Optional<String> objection = Optional.of("the buildmaster does not run");

    /** What the step needs of the {@link Supervisor}. */
    interface Hand {
        boolean isRunning();

        /** False: the process would die of it, and nothing was sent. */
        boolean signal(Supervisor.Signal signal);
    }

    /** {@code wakeInterval}: the least between two signals; zero: it is never woken. */
    UnpluggedStep(
            String master,
            Traces traces,
            Hand hand,
            Tenure tenure,
            Duration wakeInterval,
            Duration poll,
            LongSupplier nanoTime) {
        this.master = master;
        this.traces = traces;
        this.hand = hand;
        this.tenure = tenure;
        this.wakeInterval = wakeInterval;
        this.poll = poll;
        this.nanoTime = nanoTime;
    }

    /** Why there is no buildmaster of this master's; empty: there is one. Any thread. */
    Optional<String> objection() {
        return objection;
    }

    @Override
    public Taken take() {
        long now = nanoTime.getAsLong();
        Optional<Authority> authority = tenure.authority();
        if (authority.isEmpty() || !hand.isRunning()) {
            objection = Optional.of("the buildmaster does not run");
            waitedBefore = Set.of();
            return new Taken("", LOOK);
        }
        Duration early = left(lookedAtNanos, LOOK, now);
        if (!early.isZero()) {
            return new Taken("", early);
        }
        lookedAtNanos = Optional.of(now);
        try {
            return look(authority.get(), now);
        } catch (DatabaseUnreachable e) {
            return new Taken("cannot see the buildmaster: " + e.getMessage(), LOOK);
        }
    }

    private Taken look(Authority authority, long now) {
        if (tenure.standing().draining() || tenure.standing().stopping()) {
            return end(authority);
        }
        Traces.Presence presence = traces.presence(authority, master.split(":", 2)[0]);
        if (!presence.registered()) {
            String absent = "no buildmaster has registered its builders as " + master + " yet"
                    + presence.stranger()
                            .map(name -> "; one on this machine calls itself " + name
                                    + ": if it is this one, write that as `master`")
                            .orElse("");
            objection = Optional.of(absent);
            return new Taken(absent, LOOK);
        }
        objection = Optional.empty();
        return wakeInterval.isZero() ? new Taken("", poll) : wakeWhereItOverlooks(traces.waiting(authority), now);
    }

    /** Stock's clean shutdown: it starts nothing more, and exits when its builds have ended. It cannot be taken back. */
    private Taken end(Authority authority) {
        boolean told = ended.filter(authority::equals).isPresent();
        if (!told && !hand.signal(Supervisor.Signal.CLEAN_SHUTDOWN)) {
            return new Taken("the buildmaster cannot be told to shut down yet", LOOK);
        }
        ended = Optional.of(authority);
        return new Taken("told the buildmaster to shut down when its builds have ended", poll);
    }

    private Taken wakeWhereItOverlooks(List<Integer> waiting, long now) {
        wokenForAtNanos.keySet().retainAll(waiting);
        List<Integer> fresh = waiting.stream()
                .filter(brid -> left(Optional.ofNullable(wokenForAtNanos.get(brid)), AGAIN, now)
                        .isZero())
                .toList();
        List<Integer> overlooked = fresh.stream().filter(waitedBefore::contains).toList();
        waitedBefore = Set.copyOf(waiting);
        if (overlooked.isEmpty()) {
            return new Taken("", fresh.isEmpty() ? poll : LOOK);
        }
        Duration early = left(wokenAtNanos, wakeInterval, now);
        if (!early.isZero()) {
            return new Taken("", early);
        }
        if (!hand.signal(Supervisor.Signal.RECONFIGURE)) {
            return new Taken("the buildmaster cannot be woken yet", LOOK);
        }
        wokenAtNanos = Optional.of(now);
        overlooked.forEach(brid -> wokenForAtNanos.put(brid, now));
        return new Taken("woke the buildmaster: beside idle workers wait buildrequests " + overlooked, LOOK);
    }

    private static Duration left(Optional<Long> sinceNanos, Duration span, long now) {
        Duration left = sinceNanos.map(since -> span.minusNanos(now - since)).orElse(Duration.ZERO);
        return left.isNegative() ? Duration.ZERO : left;
    }
}
