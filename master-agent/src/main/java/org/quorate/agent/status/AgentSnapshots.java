package org.quorate.agent.status;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.quorate.agent.authority.MasterState;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.config.AgentConfiguration;
import org.quorate.agent.housekeeping.HousekeepingStep;
import org.quorate.agent.inbox.BuildmasterInbox;
import org.quorate.agent.loop.Loop;
import org.quorate.agent.membership.MembershipStep;
import org.quorate.agent.ownership.OwnershipStep;
import org.quorate.agent.spool.Spool;
import org.quorate.master.Authority;
import org.quorate.master.Ensemble;
import org.quorate.postgres.PostgresDatabase;

/** The agent as it sees itself, drawn anew at each look from what its parts last noted; asks no store. Thread-safe. */
public final class AgentSnapshots implements Supplier<AgentSnapshot> {
    private final AgentConfiguration configuration;
    private final MembershipStep.Self self;
    private final MasterStateHolder masterState;
    private final BuildmasterInbox desk;
    private final IntSupplier held;
    private final Supplier<Optional<String>> absence;
    private final OwnershipStep ownership;
    private final HousekeepingStep housekeeping;
    private final Ensemble ensemble;
    private final PostgresDatabase database;
    private final Spool spool;
    private final Supplier<Optional<AgentSnapshot.Gateway>> gateway;
    private final List<Loop> loops;
    private final LongSupplier nanoTime;
    private final long bornAtNanos;

    /** {@code held}: buildrequests of this master; {@code absence}: why there is no buildmaster; empty: there is one. */
    public AgentSnapshots(
            AgentConfiguration configuration,
            MembershipStep.Self self,
            MasterStateHolder masterState,
            BuildmasterInbox desk,
            IntSupplier held,
            Supplier<Optional<String>> absence,
            OwnershipStep ownership,
            HousekeepingStep housekeeping,
            Ensemble ensemble,
            PostgresDatabase database,
            Spool spool,
            Supplier<Optional<AgentSnapshot.Gateway>> gateway,
            List<Loop> loops,
            LongSupplier nanoTime) {
        this.configuration = configuration;
        this.self = self;
        this.masterState = masterState;
        this.desk = desk;
        this.held = held;
        this.absence = absence;
        this.ownership = ownership;
        this.housekeeping = housekeeping;
        this.ensemble = ensemble;
        this.database = database;
        this.spool = spool;
        this.gateway = gateway;
        this.loops = loops;
        this.nanoTime = nanoTime;
        this.bornAtNanos = nanoTime.getAsLong();
    }

    @Override
    public AgentSnapshot get() {
        MasterState standing = masterState.standing();
        List<AgentSnapshot.Owned> owned = new ArrayList<>();
        ownership.owned().forEach((scheduler, term) -> owned.add(new AgentSnapshot.Owned(scheduler, term)));
        owned.sort(Comparator.comparing(AgentSnapshot.Owned::scheduler));
        return new AgentSnapshot(
                configuration.cluster(),
                configuration.master(),
                standing.authority().map(Authority::epoch).orElse(0L),
                self.incarnation(),
                self.version(),
                AgentSnapshot.Mode.of(ensemble.isConnected(), database.answers()),
                masterState.remaining(),
                notReadyBecause(standing),
                housekeeping.leads(),
                owned,
                held.getAsInt(),
                desk.attached().map(a -> a.hello().slots()).orElse(0),
                standing.draining(),
                new AgentSnapshot.Spooled(spool.count(), spool.bytes()),
                gateway.get(),
                Duration.ofNanos(nanoTime.getAsLong() - bornAtNanos),
                loops.stream().map(Loop::pulse).toList());
    }

    private Optional<String> notReadyBecause(MasterState standing) {
        if (standing.phase() != MasterState.Phase.IN) {
            return Optional.of(standing.reason());
        }
        if (standing.stopping()) {
            return Optional.of("stopping");
        }
        if (standing.draining()) {
            return Optional.of("drained by an operator");
        }
        if (!database.answers()) {
            return Optional.of("PostgreSQL does not answer");
        }
        return absence.get();
    }
}
