package org.quorate.agent.status;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.quorate.agent.authority.MasterState;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.config.AgentConfiguration;
import org.quorate.agent.loop.Loop;
import org.quorate.agent.loop.LoopName;
import org.quorate.agent.loop.Loops;
import org.quorate.agent.membership.MembershipStep;
import org.quorate.agent.spool.Spool;
import org.quorate.master.Authority;

/** Takes a snapshot of the agent from the last known state of its parts; queries no store. Thread-safe. */
public final class AgentSnapshots implements Supplier<AgentSnapshot> {
    private final AgentConfiguration configuration;
    private final MembershipStep.Self self;
    private final MasterStateHolder masterState;
    private final BuildmasterView buildmaster;
    private final StoreHealth stores;
    private final Work work;
    private final Loops loops;
    private final LongSupplier nanoTime;
    private final long bornAtNanos;

    /** The last known health of each store: true if it answered. */
    public record StoreHealth(BooleanSupplier zookeeper, BooleanSupplier database) {}

    /**
     * The work that the agent does now.
     *
     * @param owned the term of each scheduler that this master owns
     * @param leads the leader epoch, while this agent is the housekeeper
     * @param inMemory how many completions wait for the database outside the spool
     */
    public record Work(
            Supplier<Map<String, Long>> owned,
            Supplier<OptionalLong> leads,
            Spool spool,
            IntSupplier inMemory,
            Supplier<Optional<AgentSnapshot.Gateway>> gateway) {}

    public AgentSnapshots(
            AgentConfiguration configuration,
            MembershipStep.Self self,
            MasterStateHolder masterState,
            BuildmasterView buildmaster,
            StoreHealth stores,
            Work work,
            Loops loops,
            LongSupplier nanoTime) {
        this.configuration = configuration;
        this.self = self;
        this.masterState = masterState;
        this.buildmaster = buildmaster;
        this.stores = stores;
        this.work = work;
        this.loops = loops;
        this.nanoTime = nanoTime;
        this.bornAtNanos = nanoTime.getAsLong();
    }

    @Override
    public AgentSnapshot get() {
        MasterState state = masterState.current();
        List<AgentSnapshot.Owned> owned = new ArrayList<>();
        work.owned().get().forEach((scheduler, term) -> owned.add(new AgentSnapshot.Owned(scheduler, term)));
        owned.sort(Comparator.comparing(AgentSnapshot.Owned::scheduler));
        return new AgentSnapshot(
                configuration.cluster(),
                configuration.master(),
                state.authority().map(Authority::epoch).orElse(0L),
                self.incarnation(),
                self.version(),
                AgentSnapshot.Mode.of(
                        stores.zookeeper().getAsBoolean(), stores.database().getAsBoolean()),
                masterState.remaining(),
                notReadyBecause(state),
                work.leads().get(),
                owned,
                buildmaster.claimsHeld(),
                buildmaster.slots(),
                buildmaster.failedStarts(),
                buildmaster.silence(),
                state.draining(),
                new AgentSnapshot.Spooled(
                        work.spool().count() + work.inMemory().getAsInt(),
                        work.spool().bytes()),
                work.gateway().get(),
                Duration.ofNanos(nanoTime.getAsLong() - bornAtNanos),
                loops.list().stream().map(AgentSnapshots::pulse).toList());
    }

    private Optional<String> notReadyBecause(MasterState state) {
        if (state.phase() != MasterState.Phase.ACTIVE) {
            return Optional.of(state.reason()
                    + loops.trouble(LoopName.MEMBERSHIP).map(why -> ": " + why).orElse(""));
        }
        if (state.stopping()) {
            return Optional.of("stopping");
        }
        if (state.draining()) {
            return Optional.of("drained by an operator");
        }
        if (!stores.database().getAsBoolean()) {
            return Optional.of("PostgreSQL does not answer");
        }
        return buildmaster.absence();
    }

    private static AgentSnapshot.Pulse pulse(Loop loop) {
        return new AgentSnapshot.Pulse(loop.name(), loop.age(), loop.period(), loop.trouble());
    }
}
