package org.quorate.agent;

import com.codahale.metrics.MetricRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.authority.Admission;
import org.quorate.agent.authority.MasterState;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.claiming.ClaimStep;
import org.quorate.agent.config.AgentConfiguration;
import org.quorate.agent.control.ControlStep;
import org.quorate.agent.events.NotificationStep;
import org.quorate.agent.events.RelayStep;
import org.quorate.agent.gateway.GatewayStep;
import org.quorate.agent.gateway.WorkerGateway;
import org.quorate.agent.gateway.WorkerRoutes;
import org.quorate.agent.housekeeping.HousekeepingStep;
import org.quorate.agent.identity.IdentityStep;
import org.quorate.agent.loop.Lifecycle;
import org.quorate.agent.loop.LoopName;
import org.quorate.agent.loop.Loops;
import org.quorate.agent.membership.Life;
import org.quorate.agent.membership.MembershipStep;
import org.quorate.agent.membership.StateFile;
import org.quorate.agent.membership.StateFileStep;
import org.quorate.agent.metrics.Metrics;
import org.quorate.agent.ownership.DueStep;
import org.quorate.agent.ownership.OwnershipStep;
import org.quorate.agent.spool.Spool;
import org.quorate.agent.spool.SpoolReplayer;
import org.quorate.agent.status.AgentSnapshot;
import org.quorate.agent.status.AgentSnapshots;
import org.quorate.agent.status.SnapshotMetrics;
import org.quorate.agent.status.StatusServer;
import org.quorate.agent.status.SystemdStep;
import org.quorate.master.Authority;
import org.quorate.postgres.Notifications;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon. It makes the stores, the buildmaster's parts and the loops, defines which event wakes which loop, starts
 * everything in order and closes it in reverse order.
 */
final class Agent implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Agent.class);

    private final AgentConfiguration configuration;
    private final LongSupplier nanoTime;
    private final Lifecycle lifecycle = new Lifecycle();
    private final Metrics metrics;
    private final Life life;
    private final StateFile stateFile;
    private final Spool spool;
    private final Stores stores;
    private final MasterStateHolder masterState;
    private final BuildmasterParts buildmaster;
    private final Loops loops;
    private final @Nullable StatusServer statusServer;
    private final @Nullable WorkerGateway gateway;
    private final CountDownLatch hurry = new CountDownLatch(1);

    /**
     * Makes the parts. It does not wait for any connection.
     *
     * @throws IllegalStateException the state directory is in use or cannot be used; the message is one sentence
     */
    public Agent(AgentConfiguration configuration, LongSupplier nanoTime, String host, String version) {
        this.configuration = configuration;
        this.nanoTime = nanoTime;
        try {
            metrics = new Metrics(new MetricRegistry());
            lifecycle.add(metrics.jmx());
            life = Life.current();
            stateFile = lifecycle.add(StateFile.open(configuration.stateDirectory(), life));
            spool = lifecycle.add(Spool.open(configuration.stateDirectory()));
            stores = Stores.open(configuration, nanoTime, lifecycle);
            masterState = new MasterStateHolder(nanoTime);
            buildmaster = BuildmasterParts.of(configuration, stores, masterState, nanoTime, lifecycle);

            loops = new Loops(nanoTime, new Random()::nextDouble);
            MembershipStep.Self self = new MembershipStep.Self(
                    configuration.master(),
                    UUID.randomUUID(),
                    host,
                    configuration.capacity().orElse(0),
                    version,
                    buildmaster.isSupervised());
            Steps steps = new Steps(
                    configuration,
                    stores,
                    new Steps.Disk(stateFile, spool),
                    buildmaster,
                    masterState,
                    nanoTime,
                    metrics);
            Admission admission = steps.admission();
            ClaimStep claims = steps.claims();
            ControlStep control = steps.control(() -> loops.wake(LoopName.OWNERSHIP, LoopName.GATEWAY));
            OwnershipStep ownership = steps.ownership(control);
            HousekeepingStep housekeeping = steps.housekeeping(admission, claims);
            RelayStep relay = steps.relay();
            IdentityStep identity = steps.identity();
            loops.add(LoopName.FENCE, steps.fence());
            loops.add(LoopName.MEMBERSHIP, steps.membership(self, admission));
            loops.add(LoopName.IDENTITY, identity);
            loops.add(LoopName.CLAIMS, claims);
            loops.add(LoopName.TICKS, steps.ticks());
            loops.add(LoopName.EVENTS, relay);
            loops.add(LoopName.OWNERSHIP, ownership);
            loops.add(LoopName.DUE, new DueStep(ownership::sendAllDue));
            loops.add(LoopName.HOUSEKEEPING, housekeeping);
            loops.add(LoopName.CONTROL, control);
            loops.add(
                    LoopName.SUPERVISION,
                    steps.supervision(() -> !ownership.owned().isEmpty()));
            loops.add(LoopName.STATE, new StateFileStep(stateFile));
            loops.add(LoopName.NOTIFICATIONS, notifications(claims, relay, identity));
            buildmaster.stock().ifPresent(step -> loops.add(LoopName.STOCK, step));
            gateway = gateway(control).orElse(null);

            AgentSnapshots snapshots = new AgentSnapshots(
                    configuration,
                    self,
                    masterState,
                    buildmaster,
                    new AgentSnapshots.StoreHealth(stores.ensemble()::isConnected, stores.database()::answers),
                    new AgentSnapshots.Work(
                            ownership::owned,
                            housekeeping::leads,
                            spool,
                            claims::completionsInMemory,
                            this::gatewaySnapshot),
                    loops,
                    nanoTime);
            SnapshotMetrics.register(metrics, snapshots);
            SystemdStep.of(System.getenv(), snapshots).ifPresent(step -> loops.add(LoopName.SYSTEMD, step));
            metrics.showJvm();
            statusServer = configuration
                    .listen()
                    .map(listen -> lifecycle.add(new StatusServer(listen, snapshots, metrics::page)))
                    .orElse(null);
            lifecycle.add(loops);
            wire();
        } catch (RuntimeException | Error e) {
            lifecycle.close();
            throw e;
        }
    }

    /**
     * Connects each event with the loops that it wakes. {@link NotificationStep} handles the database's notifications.
     */
    private void wire() {
        buildmaster.inbox().onRequest(() -> loops.wake(LoopName.CLAIMS));
        buildmaster.inbox().onTick(() -> loops.wake(LoopName.TICKS));
        buildmaster.inbox().onPublication(() -> loops.wake(LoopName.EVENTS));
        buildmaster
                .attached()
                .onChange(() -> loops.wake(
                        LoopName.MEMBERSHIP,
                        LoopName.OWNERSHIP,
                        LoopName.SUPERVISION,
                        LoopName.CONTROL,
                        LoopName.IDENTITY,
                        LoopName.EVENTS));
        masterState.onChange(() -> loops.wake(
                LoopName.FENCE,
                LoopName.MEMBERSHIP,
                LoopName.CLAIMS,
                LoopName.OWNERSHIP,
                LoopName.HOUSEKEEPING,
                LoopName.SUPERVISION,
                LoopName.CONTROL,
                LoopName.STATE,
                LoopName.STOCK));
        stores.ensemble().onChange(() -> {
            stores.members().changed();
            loops.wake(
                    LoopName.MEMBERSHIP,
                    LoopName.IDENTITY,
                    LoopName.OWNERSHIP,
                    LoopName.HOUSEKEEPING,
                    LoopName.GATEWAY);
        });
        stores.followed().onAhead(() -> loops.wake(LoopName.IDENTITY));
        buildmaster.starts().onChange(() -> loops.wake(LoopName.CONTROL));
        buildmaster.hangDetector().onChange(() -> loops.wake(LoopName.CONTROL));
        buildmaster.supervisor().ifPresent(supervisor -> supervisor.onDeath(() -> loops.wake(LoopName.SUPERVISION)));
    }

    private NotificationStep notifications(ClaimStep claims, RelayStep relay, IdentityStep identity) {
        return new NotificationStep(
                stores.notifications(),
                Map.of(
                        Notifications.WORK, builderid -> lookAgain(claims, builderid),
                        Notifications.CONTROL, what -> control(identity),
                        Notifications.BUILDSET, buildsetid -> loops.wake(LoopName.CLAIMS, LoopName.DUE),
                        Notifications.EVENT, masterid -> listen(relay, masterid)));
    }

    /** @param builderid empty: the session that listens for notifications was replaced */
    private void lookAgain(ClaimStep claims, String builderid) {
        if (builderid.isEmpty()) {
            claims.compare();
            loops.wake(LoopName.CLAIMS);
        }
        claims.lookAgain();
        loops.wake(LoopName.STOCK);
    }

    private void control(IdentityStep identity) {
        identity.lookSoon();
        loops.wake(LoopName.CONTROL, LoopName.IDENTITY);
    }

    private void listen(RelayStep relay, String masterid) {
        if (relay.listen(masterid)) {
            loops.wake(LoopName.EVENTS);
        }
    }

    private Optional<WorkerGateway> gateway(ControlStep control) {
        Optional<WorkerGateway> made = configuration
                .gateway()
                .map(g -> new WorkerGateway(configuration.master(), g.listen(), g.connectionsMax(), nanoTime, metrics));
        WorkerRoutes destinations = new WorkerRoutes(stores.members(), control::masters);
        made.map(lifecycle::add)
                .ifPresent(g -> loops.add(
                        LoopName.GATEWAY,
                        new GatewayStep(
                                destinations, g::follow, configuration.timing().poll())));
        return made;
    }

    private Optional<AgentSnapshot.Gateway> gatewaySnapshot() {
        return Optional.ofNullable(gateway).map(WorkerGateway::snapshot);
    }

    /** Starts the loops; returns at once. The stores may be down. */
    public void start() {
        Optional.ofNullable(statusServer).ifPresent(StatusServer::start);
        buildmaster.start();
        Optional.ofNullable(gateway).ifPresent(WorkerGateway::start);
        loops.start();
        LOG.info("agent of master {} in cluster {}", configuration.master(), configuration.cluster());
    }

    /**
     * Stops gracefully: claims nothing more, hands the schedulers over, lets running builds finish until the deadline,
     * releases the other buildrequests and leaves the cluster. Returns when all of this is done.
     */
    public void stop() {
        LOG.info("stopping: no new claims, schedulers handed over; {} buildrequests left", buildmaster.claimsHeld());
        masterState.change(MasterState::stoppingNow);
        awaitBuilds(configuration
                .buildmaster()
                .map(AgentConfiguration.Buildmaster::stopDeadline)
                .orElse(Duration.ZERO));
        Optional<Authority> authority = masterState.authority();
        loops.close();
        buildmaster.attached().send(link -> link.fence("the agent stops"));
        buildmaster.kill(configuration.timing().killTime());
        authority.ifPresent(this::leave);
        close();
    }

    /** Returns why an agent that is started again could not keep the epoch of this one. */
    public Optional<String> objectionToHandOver() {
        if (masterState.authority().isEmpty()) {
            return Optional.of("this agent holds no epoch that the next one could keep: stop it instead");
        }
        return life.isPlaceKnown()
                ? Optional.empty()
                : Optional.of("this machine's boot cannot be read, so the next agent would begin a new epoch");
    }

    /** Ends the wait for running builds, on a second signal: their buildrequests are released at once. */
    public void hurry() {
        hurry.countDown();
    }

    private void awaitBuilds(Duration deadline) {
        long steps = deadline.toMillis() / 100;
        try {
            for (long i = 0; i < steps && buildmaster.isBuilding(); i++) {
                if (hurry.await(100, TimeUnit.MILLISECONDS)) {
                    LOG.info("stopping now: {} buildrequests go back to the queue", buildmaster.claimsHeld());
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void leave(Authority authority) {
        try {
            new SpoolReplayer(spool, stores.claims(), nanoTime, metrics)
                    .replay(Optional.of(authority), (completion, accepted) -> {});
            stores.masters().leave(authority, "the agent stopped");
            stores.ensemble().leave();
        } catch (RuntimeException e) {
            LOG.warn("could not leave cleanly ({}); the others fail this master over instead", e.getMessage());
        }
    }

    @Override
    public void close() {
        lifecycle.close();
    }
}
