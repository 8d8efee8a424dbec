package org.quorate.agent.housekeeping;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.authority.Admission;
import org.quorate.agent.authority.AuthorizedStep;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.metrics.Metrics;
import org.quorate.failpoint.Failpoint;
import org.quorate.master.Authority;
import org.quorate.master.DatabaseUnreachable;
import org.quorate.master.Failovers;
import org.quorate.master.Fenced;
import org.quorate.master.Housekeeping;
import org.quorate.master.LeaderElection;
import org.quorate.master.Masters;
import org.quorate.master.Member;
import org.quorate.master.NumberSource;
import org.quorate.master.StoreUnreachable;
import org.quorate.master.ZooKeeperUnreachable;
import org.quorate.time.Deadline;
import org.quorate.time.DurationOrder;

/**
 * The housekeeper. While this master seems to lead, this step takes the leader epoch (T4), looks for masters that are
 * gone, and fails them over (T5). One thread.
 */
public final class HousekeepingStep extends AuthorizedStep {
    private static final Duration RETRY = Duration.ofMillis(500);
    private static final Duration TIDY_EVERY = Duration.ofMinutes(1);
    /**
     * After more failed looks this master leaves the election: another master may still reach the database and should
     * lead.
     */
    private static final int FAILED_LOOKS_FORGIVEN = 2;

    private final String master;
    private final Supplier<Map<String, Member>> members;
    private final LeaderElection election;
    private final NumberSource numbers;
    private final Masters masters;
    private final Admission admission;
    private final LongSupplier nanoTime;
    private final Duration poll;
    private final Duration retention;
    private final Runnable onFailOver;
    private @Nullable Authority under;
    private volatile @Nullable Long leaderEpoch;
    private Housekeeping housekeeping;
    private Deadline tidyAgain = new Deadline(0);
    private boolean stands;
    private int failedLooks;
    /** A kill time counts from the look that first finds its master fenced; so the next look must not wait. */
    private boolean fencedNow;

    /**
     * The parts of both stores that concern masters, and whether this agent may work with them.
     *
     * @param members the alive masters by name
     */
    public record Cluster(
            Supplier<Map<String, Member>> members,
            LeaderElection election,
            NumberSource numbers,
            Masters masters,
            Admission admission) {}

    /**
     * Makes the step without a query to either store.
     *
     * @param retention how long history is kept
     * @param onFailOver called after a master's work became free; it must only wake a loop, never act
     */
    public HousekeepingStep(
            String master,
            Cluster cluster,
            MasterStateHolder masterState,
            LongSupplier nanoTime,
            Duration poll,
            Duration retention,
            Runnable onFailOver,
            Metrics metrics) {
        super(masterState, metrics, RETRY);
        this.master = master;
        this.members = cluster.members();
        this.election = cluster.election();
        this.numbers = cluster.numbers();
        this.masters = cluster.masters();
        this.admission = cluster.admission();
        this.nanoTime = nanoTime;
        this.poll = poll;
        this.retention = retention;
        this.onFailOver = onFailOver;
        this.housekeeping = new Housekeeping(master, admission.timing());
    }

    /** Returns the leader epoch, while this master believes that it leads. Any thread. */
    public OptionalLong leads() {
        Long epoch = leaderEpoch;
        return epoch == null ? OptionalLong.empty() : OptionalLong.of(epoch);
    }

    @Override
    protected Taken withoutAuthority() {
        standDown();
        return new Taken("", poll);
    }

    @Override
    protected Taken take(Authority authority) {
        stand();
        if (!election.seemsLeader()) {
            resign();
            return new Taken("", poll);
        }
        boolean begins = !authority.equals(under) || leaderEpoch == null;
        Taken taken = begins ? lead(authority) : look(authority);
        failedLooks = 0;
        return taken;
    }

    @Override
    protected void fenced(Fenced e) {
        resign();
    }

    @Override
    protected String unreachable(Authority authority, StoreUnreachable e) {
        housekeeping.lookFailed();
        if (e instanceof ZooKeeperUnreachable) {
            return "not looking: " + e.getMessage();
        }
        failedLooks++;
        if (failedLooks > FAILED_LOOKS_FORGIVEN) {
            standDown();
        }
        return (stands ? "not looking: " : "leaving the lead to others: ") + e.getMessage();
    }

    /** Enters the election, but only after a successful read of the database. */
    private void stand() {
        if (!stands) {
            masters.list();
            election.stand(master);
            stands = true;
            failedLooks = 0;
        }
    }

    private void standDown() {
        resign();
        if (stands) {
            election.standDown();
            stands = false;
        }
    }

    private void resign() {
        under = null;
        leaderEpoch = null;
    }

    private Taken lead(Authority authority) {
        long epoch = masters.lead(authority, numbers.number());
        leaderEpoch = epoch;
        under = authority;
        housekeeping = new Housekeeping(master, admission.timing());
        tidyAgain = new Deadline(nanoTime.getAsLong());
        return new Taken("leads in epoch " + epoch, Duration.ZERO);
    }

    private Taken look(Authority authority) {
        Housekeeping.Findings findings = housekeeping.look(
                new Housekeeping.Picture(members.get().keySet(), masters.list(), nanoTime.getAsLong()));
        Failpoint.LOOK_TAKEN.reached();
        fencedNow = false;
        List<String> did = new ArrayList<>();
        for (Housekeeping.Decision decision : findings.decisions()) {
            Long epoch = leaderEpoch; // null after a decision that found this master deposed
            if (epoch != null) {
                did.add(carryOutOrLater(authority, epoch, decision));
            }
        }
        tidyIfDue(authority);
        Duration next = DurationOrder.shorter(findings.nextLookIn(), poll);
        return new Taken(String.join("; ", did), fencedNow ? Duration.ZERO : next);
    }

    /** A lock that stands in the way of one master's failover does not delay the others. */
    private String carryOutOrLater(Authority authority, long epoch, Housekeeping.Decision decision) {
        try {
            return carryOut(authority, epoch, decision);
        } catch (DatabaseUnreachable e) {
            if (!e.ranOutOfTime()) {
                throw e;
            }
            return "will try again to fail over " + decision.victim().name() + ": " + e.getMessage()
                    + "; quorate doctor names the session that has the lock";
        }
    }

    private String carryOut(Authority authority, long epoch, Housekeeping.Decision decision) {
        if (decision instanceof Housekeeping.FailOver failOver) {
            return failOver(authority, epoch, failOver);
        }
        int released = masters.release(authority, epoch, decision.victim().masterid());
        done(decision.victim().name());
        return "released " + released + " buildrequests of " + decision.victim().name() + ": " + decision.why();
    }

    private String failOver(Authority authority, long epoch, Housekeeping.FailOver decision) {
        String victim = decision.victim().name();
        long number = numbers.number();
        Failpoint.NUMBER_DRAWN.reached();
        Failovers.FailOver outcome = masters.failOver(
                authority,
                epoch,
                decision.victim().masterid(),
                decision.victim().epoch(),
                number,
                decision.why());
        metrics.failedOver(outcome.result());
        return switch (outcome.result()) {
            case RELEASED -> {
                done(victim);
                yield "failed over " + victim + ", released " + outcome.released() + " buildrequests: "
                        + decision.why();
            }
            case FENCED -> {
                fencedNow = true;
                yield "fenced " + victim + ", waiting for its kill time: " + decision.why();
            }
            case NOTHING -> "left " + victim + " alone: its epoch moved on";
            case DEPOSED -> {
                resign();
                yield "deposed: another master leads";
            }
        };
    }

    private void done(String victim) {
        Failpoint.FAILED_OVER.reached();
        masters.endSessions(victim);
        onFailOver.run();
    }

    private void tidyIfDue(Authority authority) {
        Long epoch = leaderEpoch;
        if (epoch != null && tidyAgain.isOver(nanoTime.getAsLong())) {
            tidyAgain = Deadline.after(TIDY_EVERY, nanoTime.getAsLong());
            masters.tidy(authority, epoch, retention);
        }
    }
}
