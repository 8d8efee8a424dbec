package org.quorate.agent.control;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.quorate.agent.authority.AuthorizedStep;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.inbox.AttachedBuildmaster;
import org.quorate.agent.metrics.Metrics;
import org.quorate.claim.Claims;
import org.quorate.master.Authority;
import org.quorate.master.MasterRow;
import org.quorate.master.MasterRows;
import org.quorate.master.StoreUnreachable;

/** Passes operators' commands to the buildmaster: the drain of this master, and cancelled buildrequests. One thread. */
public final class ControlStep extends AuthorizedStep {
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final MasterRows masters;
    private final Claims claims;
    private final AttachedBuildmaster attached;
    private final SelfReport report;
    private final Duration poll;
    private final Runnable onRead;
    private volatile List<MasterRow> rows = List.of();

    /** {@code report}: what operators read in this master's row. */
    public ControlStep(
            MasterRows masters,
            Claims claims,
            MasterStateHolder masterState,
            Metrics metrics,
            AttachedBuildmaster attached,
            SelfReport report,
            Duration poll,
            Runnable onRead) {
        super(masterState, metrics, RETRY);
        this.masters = masters;
        this.claims = claims;
        this.attached = attached;
        this.report = report;
        this.poll = poll;
        this.onRead = onRead;
    }

    /** Returns the names of the masters that operators drained, as last read. Any thread. */
    public Set<String> drained() {
        return rows.stream().filter(MasterRow::draining).map(MasterRow::name).collect(Collectors.toUnmodifiableSet());
    }

    /** Returns the rows of all masters, as last read. Any thread. */
    public List<MasterRow> masters() {
        return rows;
    }

    @Override
    protected Taken withoutAuthority() {
        return new Taken("", poll);
    }

    @Override
    protected Taken take(Authority authority) {
        rows = masters.list();
        if (report.orders(authority).restart()) {
            masterState.doubt(authority, "an operator restarts the buildmaster");
            return new Taken("ends epoch " + authority.epoch() + ": an operator restarts the buildmaster", RETRY);
        }
        boolean drained = rows.stream().anyMatch(row -> row.draining() && row.masterid() == authority.masterid());
        masterState.change(state -> state.draining(drained));
        boolean closed = drained || masterState.current().stopping();
        attached.send(link -> link.drain(closed));
        List<Integer> cancelled = claims.cancellations(authority);
        cancelled.forEach(brid -> attached.send(link -> link.cancel(brid, "cancelled by an operator")));
        onRead.run();
        report.publish(authority); // last: what operators want is done although this should fail
        return new Taken(
                (drained ? "drained" : "open for claims") + (cancelled.isEmpty() ? "" : ", cancelling " + cancelled),
                poll);
    }

    @Override
    protected String unreachable(Authority authority, StoreUnreachable e) {
        return "cannot read operators' commands: " + e.getMessage();
    }
}
