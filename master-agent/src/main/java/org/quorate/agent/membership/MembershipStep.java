package org.quorate.agent.membership;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.authority.Admission;
import org.quorate.agent.authority.MasterState;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.inbox.AttachedBuildmaster;
import org.quorate.agent.link.Hello;
import org.quorate.agent.loop.Reason;
import org.quorate.agent.loop.Step;
import org.quorate.agent.metrics.Metrics;
import org.quorate.agent.spool.Spool;
import org.quorate.agent.spool.SpoolReplayer;
import org.quorate.master.Authority;
import org.quorate.master.DatabaseUnreachable;
import org.quorate.master.Ensemble;
import org.quorate.master.Fenced;
import org.quorate.master.Member;
import org.quorate.master.Registration;
import org.quorate.master.Registrations;
import org.quorate.master.Timing;
import org.quorate.master.Trust;
import org.quorate.master.UnknownOutcome;
import org.quorate.master.ZooKeeperUnreachable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this master a member of the cluster: joins, registers (T1), proves the session with every heartbeat, and passes
 * the trust that this renews on to the buildmaster as a lease. While ZooKeeper is unreachable, a read of this master's
 * epoch in the database renews the trust. One thread.
 */
public final class MembershipStep implements Step {
    private static final Logger LOG = LoggerFactory.getLogger(MembershipStep.class);
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final Self self;
    private final Ensemble ensemble;
    private final Registrations registrations;
    private final Admission admission;
    private final StateFile stateFile;
    private final Spool spool;
    private final SpoolReplayer replayer;
    private final Resumption resumption;
    private final MasterStateHolder masterState;
    private final AttachedBuildmaster attached;
    private final LongSupplier nanoTime;
    private final Metrics metrics;
    /**
     * The incarnation of a predecessor whose epoch was resumed and whose node may still exist; null once this agent has
     * joined.
     */
    private @Nullable UUID unjoined;

    /** True if both stores were found to belong together since an epoch was resumed without ZooKeeper. */
    private boolean belongs;

    private @Nullable Member published;

    /**
     * The data with which this agent describes itself to the others.
     *
     * @param supervises whether this agent can kill its buildmaster, which it does before another epoch begins
     */
    public record Self(String name, UUID incarnation, String host, int capacity, String version, boolean supervises) {
        Member member(long epoch, Optional<Hello> hello) {
            List<String> schedulers = hello.map(Hello::services).orElse(List.of());
            int weight = capacity > 0
                    ? capacity
                    : Math.max(1, hello.map(Hello::slots).orElse(1));
            OptionalInt workerPort = hello.map(Hello::workerPort).orElse(OptionalInt.empty());
            return new Member(name, incarnation, epoch, host, weight, schedulers, version, workerPort);
        }
    }

    /** The stores, and whether this agent may work with them. */
    public record Cluster(Ensemble ensemble, Registrations registrations, Admission admission) {}

    /** The files that this agent keeps on disk. */
    public record Disk(StateFile stateFile, Spool spool, SpoolReplayer replayer) {}

    public MembershipStep(
            Self self,
            Cluster cluster,
            Disk disk,
            MasterStateHolder masterState,
            AttachedBuildmaster attached,
            LongSupplier nanoTime,
            Metrics metrics) {
        this.self = self;
        this.ensemble = cluster.ensemble();
        this.registrations = cluster.registrations();
        this.admission = cluster.admission();
        this.stateFile = disk.stateFile();
        this.spool = disk.spool();
        this.replayer = disk.replayer();
        this.masterState = masterState;
        this.attached = attached;
        this.nanoTime = nanoTime;
        this.metrics = metrics;
        this.resumption = new Resumption(self, registrations, stateFile, nanoTime);
    }

    @Override
    public Taken take() {
        return switch (masterState.current().phase()) {
            case UNREGISTERED -> masterState.current().stopping() ? new Taken("", RETRY) : join();
            case ACTIVE -> prove();
            case FENCED -> new Taken("", RETRY);
        };
    }

    private Taken join() {
        try {
            Optional<Taken> resumed = resume();
            if (resumed.isPresent()) {
                return resumed.get();
            }
            Optional<String> objection = admission.objection();
            if (objection.isPresent()) {
                return Taken.hopeless("staying out: " + objection.get(), RETRY);
            }
            long sentAtNanos = nanoTime.getAsLong();
            Optional<Member> other = ensemble.join(self.member(0, hello()), resumption.predecessor());
            if (other.isPresent()) {
                return Taken.refused(
                        "staying out: another agent is master " + self.name() + " (on "
                                + other.get().host() + ", incarnation "
                                + other.get().incarnation() + "); give each agent its own master name",
                        RETRY);
            }
            return register(sentAtNanos);
        } catch (ZooKeeperUnreachable | DatabaseUnreachable | UnknownOutcome e) {
            return Taken.waiting("waiting to register: " + e.getMessage(), RETRY);
        } catch (IllegalStateException e) {
            return Taken.hopeless("not registered: " + e.getMessage(), RETRY);
        } catch (RuntimeException e) {
            return Taken.refused("not registered: " + Reason.of(e), RETRY);
        }
    }

    /**
     * Resumes the predecessor's epoch if it is still current. The database alone decides this, as in every outage of
     * ZooKeeper, for two reasons: a new session with ZooKeeper may take longer than the buildmaster's lease lasts, and
     * the node there may belong to another predecessor, which ended soon after its start. This agent joins as soon as
     * it can.
     */
    private Optional<Taken> resume() {
        if (!resumption.isPossible() || admission.objectionOfTheDatabase().isPresent()) {
            return Optional.empty();
        }
        long sentAtNanos = nanoTime.getAsLong();
        Resumption.Attempt attempt = resumption.attempt(timing().sessionTimeout());
        if (attempt.objection().isPresent()) {
            return attempt.objection().map(why -> Taken.waiting("staying out: " + why, RETRY));
        }
        return attempt.registration().map(registration -> {
            unjoined = resumption.predecessor().orElse(null);
            belongs = false;
            begin(registration, sentAtNanos);
            return new Taken(
                    "resumed epoch " + registration.authority().epoch() + " as master "
                            + registration.authority().masterid(),
                    Duration.ZERO);
        });
    }

    /**
     * Registers in a new epoch. Before that, everything that an earlier epoch left running ends; then its claims are
     * released.
     */
    private Taken register(long sentAtNanos) {
        // a database that refuses costs neither a number of ZooKeeper's, which is a write there, nor a buildmaster
        registrations.proveWritable();
        if (!admission.beginsAnew()) {
            return Taken.waiting("waiting to register: processes of an earlier buildmaster do not end", RETRY);
        }
        commitSpooled();
        Registration registration = registrations.register(self.name(), self.incarnation(), ensemble.number());
        Authority authority = begin(registration, sentAtNanos);
        publish(authority);
        return new Taken(
                "registered in epoch " + authority.epoch() + " as master " + authority.masterid()
                        + (registration.released() > 0
                                ? ", released " + registration.released() + " buildrequests of an earlier epoch"
                                : ""),
                timing().heartbeat());
    }

    private Authority begin(Registration registration, long sentAtNanos) {
        Authority authority = registration.authority();
        stateFile.write(new StateFile.Remembered(authority.epoch(), self.incarnation()));
        resumption.end();
        Trust first = Trust.none().acknowledged(sentAtNanos, timing().trust());
        masterState.change(state -> state.active(authority, registration.draining(), first));
        return authority;
    }

    /**
     * Commits the completions of the earlier epoch, if that epoch is still current: the registration in the new epoch
     * would release their claims.
     */
    private void commitSpooled() {
        OptionalLong epoch = spool.newestEpoch();
        if (epoch.isEmpty()) {
            return;
        }
        Optional<Authority> earlier = registrations
                .resume(self.name(), self.incarnation(), epoch.getAsLong())
                .map(Registration::authority);
        try {
            replayer.replay(earlier, (completion, accepted) -> {});
        } catch (Fenced e) {
            LOG.debug("the earlier epoch ended in the meantime", e);
        }
    }

    private Taken prove() {
        MasterState state = masterState.current();
        Authority authority = state.authority().orElseThrow();
        long sentAtNanos = nanoTime.getAsLong();
        try {
            if (ensemble.heartbeat()) {
                metrics.heartbeat(Duration.ofNanos(nanoTime.getAsLong() - sentAtNanos));
                masterState.acknowledged(authority, sentAtNanos, timing().trust());
                passOn(authority, self.supervises() ? timing().slack() : Duration.ZERO);
                if (!isLate(sentAtNanos)) {
                    publish(authority);
                }
                return new Taken("trusted in epoch " + authority.epoch(), untilTheNext(sentAtNanos));
            }
            return rejoin(authority);
        } catch (ZooKeeperUnreachable e) {
            metrics.missedHeartbeat();
            return proveByDatabase(authority, e);
        }
    }

    /**
     * Joins again after the node was lost, and perhaps the session with it. First the database must confirm the epoch,
     * as in an outage of ZooKeeper. While the database is unreachable, the trust runs out: a new node would prolong the
     * trust although others may already have claimed what this master held.
     */
    private Taken rejoin(Authority authority) {
        published = null;
        long sentAtNanos = nanoTime.getAsLong();
        try {
            if (!registrations.isCurrent(authority)) {
                masterState.doubt(authority, "fenced in the database while the session was lost");
                return new Taken("fenced while the session was lost", RETRY);
            }
            masterState.acknowledged(authority, sentAtNanos, timing().trust());
            passOn(authority, Duration.ZERO);
            if (unjoined != null && !belongs) {
                if (objects(authority)) {
                    return new Taken("fenced: these two stores do not belong together", RETRY);
                }
                belongs = true;
            }
            if (isLate(sentAtNanos)) {
                return new Taken("", Duration.ZERO);
            }
        } catch (DatabaseUnreachable e) {
            return Taken.waiting(
                    "not joining again before the database confirms that the epoch is current: " + e.getMessage(),
                    RETRY);
        }
        Optional<Member> other = ensemble.join(self.member(authority.epoch(), hello()), Optional.ofNullable(unjoined));
        if (other.isPresent() && unjoined != null) {
            // the node of an agent that ended before it wrote its state file; the epoch belongs to this agent
            return new Taken("waiting for the end of an earlier agent's session", timing().heartbeat());
        }
        if (other.isPresent()) {
            masterState.doubt(authority, "another agent, on " + other.get().host() + ", has the name " + self.name());
            return new Taken("another agent has the name " + self.name(), RETRY);
        }
        unjoined = null;
        return new Taken("joined again in epoch " + authority.epoch(), Duration.ZERO);
    }

    /** Ends an epoch that was resumed without ZooKeeper, if ZooKeeper turns out to belong to another cluster. */
    private boolean objects(Authority authority) {
        Optional<String> objection = admission.objection();
        objection.ifPresent(why -> masterState.doubt(authority, why));
        return objection.isPresent();
    }

    /**
     * Returns whether so much of the trust is gone since an acknowledged request was sent that another wait for
     * ZooKeeper must be left to the next step. Every wait lasts for up to a quarter of the session timeout, and after a
     * failed one the database must still have the time to prove the epoch.
     */
    private boolean isLate(long sentAtNanos) {
        return nanoTime.getAsLong() - sentAtNanos > timing().heartbeat().toNanos() / 2;
    }

    /** Returns how long to wait after a heartbeat: the next one is due a period after this one was sent. */
    private Duration untilTheNext(long sentAtNanos) {
        Duration left = timing().heartbeat().minusNanos(nanoTime.getAsLong() - sentAtNanos);
        return left.isNegative() ? Duration.ZERO : left;
    }

    private Taken proveByDatabase(Authority authority, ZooKeeperUnreachable away) {
        long sentAtNanos = nanoTime.getAsLong();
        try {
            if (!registrations.isCurrent(authority)) {
                masterState.doubt(authority, "fenced in the database while ZooKeeper was unreachable");
                return new Taken("fenced while ZooKeeper was unreachable", RETRY);
            }
            masterState.acknowledged(authority, sentAtNanos, timing().trust());
            passOn(authority, Duration.ZERO);
            return Taken.waiting("trusted by the database alone: " + away.getMessage(), timing().heartbeat());
        } catch (DatabaseUnreachable e) {
            return Taken.waiting(
                    "neither store answers: " + away.getMessage() + "; " + e.getMessage(), timing().heartbeat());
        }
    }

    private void publish(Authority authority) {
        Member member = self.member(authority.epoch(), hello());
        if (!member.equals(published)) {
            ensemble.publish(member);
            published = member;
        }
    }

    private void passOn(Authority authority, Duration slack) {
        attached.lease(authority.epoch(), masterState.remaining().plus(slack));
    }

    private Optional<Hello> hello() {
        return attached.current().map(AttachedBuildmaster.Attached::hello);
    }

    private Timing timing() {
        return admission.timing();
    }
}
