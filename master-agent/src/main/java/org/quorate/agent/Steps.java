package org.quorate.agent;

import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.quorate.agent.authority.Admission;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.claiming.ClaimStep;
import org.quorate.agent.claiming.ClaimsApart;
import org.quorate.agent.config.AgentConfiguration;
import org.quorate.agent.control.ControlStep;
import org.quorate.agent.control.SelfReport;
import org.quorate.agent.events.Publisher;
import org.quorate.agent.events.RelayStep;
import org.quorate.agent.housekeeping.HousekeepingStep;
import org.quorate.agent.identity.IdentityStep;
import org.quorate.agent.membership.FenceStep;
import org.quorate.agent.membership.MembershipStep;
import org.quorate.agent.membership.StateFile;
import org.quorate.agent.metrics.Metrics;
import org.quorate.agent.ownership.OwnershipStep;
import org.quorate.agent.ownership.TickStep;
import org.quorate.agent.spool.PendingCompletions;
import org.quorate.agent.spool.Spool;
import org.quorate.agent.spool.SpoolReplayer;
import org.quorate.agent.supervision.SupervisionStep;
import org.quorate.postgres.PostgresClaims;
import org.quorate.postgres.PostgresMasters;
import org.quorate.postgres.PostgresSetAsides;
import org.quorate.scheduler.OwnershipPolicy;

/** Makes the steps of an agent's loops from its parts and its configuration. */
record Steps(
        AgentConfiguration configuration,
        Stores stores,
        Disk disk,
        BuildmasterParts buildmaster,
        MasterStateHolder masterState,
        LongSupplier nanoTime,
        Metrics metrics) {
    /** The files that the agent keeps in its state directory. */
    record Disk(StateFile stateFile, Spool spool) {}

    Admission admission() {
        return new Admission(
                configuration.cluster(),
                stores.ensemble(),
                stores.cluster()::objection,
                stores.pairing()::settle,
                configuration.granted(configuration.zookeeper().sessionTimeout()),
                configuration::granted,
                buildmaster::beginAnew);
    }

    IdentityStep identity() {
        return new IdentityStep(
                stores.pairing(),
                stores.followed(),
                masterState,
                nanoTime,
                stores::renewSessions,
                buildmaster.attached(),
                metrics);
    }

    FenceStep fence() {
        return new FenceStep(
                masterState,
                buildmaster.attached(),
                buildmaster::kill,
                configuration.timing().killTime(),
                nanoTime,
                metrics);
    }

    MembershipStep membership(MembershipStep.Self self, Admission admission) {
        return new MembershipStep(
                self,
                new MembershipStep.Cluster(
                        stores.ensemble(), new PostgresMasters(stores.guardian(), buildmaster.hasPlugin()), admission),
                new MembershipStep.Disk(
                        disk.stateFile(),
                        disk.spool(),
                        new SpoolReplayer(disk.spool(), new PostgresClaims(stores.guardian()), nanoTime, metrics)),
                masterState,
                buildmaster.attached(),
                nanoTime,
                metrics);
    }

    ClaimStep claims() {
        ClaimsApart claims = new ClaimsApart(stores.claims(), new PostgresSetAsides(stores.database()), nanoTime);
        metrics.countSetAside(claims::count);
        SpoolReplayer replayer = new SpoolReplayer(disk.spool(), claims, nanoTime, metrics);
        return new ClaimStep(
                new ClaimStep.Parts(
                        claims,
                        buildmaster.handshake(),
                        buildmaster.held(),
                        buildmaster.inbox(),
                        buildmaster.attached(),
                        new PendingCompletions(disk.spool(), replayer),
                        configuration.candidatesMax()),
                masterState,
                nanoTime,
                UUID::randomUUID,
                poll(),
                metrics);
    }

    ControlStep control(Runnable onRead) {
        SelfReport report = new SelfReport(stores.masters(), buildmaster::trouble, Clock.systemUTC(), nanoTime);
        metrics.showClockOffset(report::clock);
        return new ControlStep(
                stores.masters(),
                stores.claims(),
                masterState,
                metrics,
                buildmaster.attached(),
                report,
                poll(),
                onRead);
    }

    OwnershipStep ownership(ControlStep control) {
        AgentConfiguration.Ownership settings = configuration.ownership();
        return new OwnershipStep(
                new OwnershipPolicy(
                        configuration.master(),
                        new OwnershipPolicy.Settings(settings.delay(), settings.settle(), settings.movesPerMinute())),
                new OwnershipStep.Cluster(
                        stores.members(), stores.ensemble(), stores.ensemble(), stores.schedulers(), control::drained),
                masterState,
                buildmaster.attached(),
                nanoTime,
                // the control loop wakes this loop at every poll
                poll().multipliedBy(2),
                metrics);
    }

    HousekeepingStep housekeeping(Admission admission, ClaimStep claims) {
        return new HousekeepingStep(
                configuration.master(),
                new HousekeepingStep.Cluster(
                        stores.members(), stores.ensemble(), stores.ensemble(), stores.masters(), admission),
                masterState,
                nanoTime,
                poll(),
                configuration.retention(),
                claims::lookAgain,
                metrics);
    }

    RelayStep relay() {
        return new RelayStep(
                stores.events(),
                new Publisher(stores.events(), buildmaster.inbox(), UUID::randomUUID, nanoTime, poll()),
                masterState,
                buildmaster.inbox(),
                buildmaster.attached(),
                nanoTime,
                poll(),
                metrics);
    }

    /** {@code ownsAny}: whether this master runs a scheduler or a change source. */
    SupervisionStep supervision(BooleanSupplier ownsAny) {
        buildmaster
                .hangDetector()
                .countOnlyWhile(() -> !buildmaster.held().brids().isEmpty() || ownsAny.getAsBoolean());
        return new SupervisionStep(
                buildmaster.supervisor(),
                buildmaster.hasPlugin(),
                new SupervisionStep.Limits(
                        configuration
                                .buildmaster()
                                .map(AgentConfiguration.Buildmaster::restartDelay)
                                .orElse(Duration.ZERO),
                        configuration
                                .buildmaster()
                                .map(AgentConfiguration.Buildmaster::startLimit)
                                .orElse(Duration.ZERO)),
                masterState,
                buildmaster.attached(),
                buildmaster.starts(),
                buildmaster.hangDetector(),
                nanoTime);
    }

    TickStep ticks() {
        return new TickStep(stores.schedulers(), masterState, buildmaster.inbox(), metrics);
    }

    private Duration poll() {
        return configuration.timing().poll();
    }
}
