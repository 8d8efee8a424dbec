package org.quorate.agent;

import com.codahale.metrics.MetricRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.quorate.agent.authority.Admission;
import org.quorate.agent.authority.MasterState;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.claiming.ClaimStep;
import org.quorate.agent.claiming.Reception;
import org.quorate.agent.config.AgentConfiguration;
import org.quorate.agent.control.ControlStep;
import org.quorate.agent.events.NotificationStep;
import org.quorate.agent.events.Publisher;
import org.quorate.agent.events.RelayStep;
import org.quorate.agent.gateway.GatewayStep;
import org.quorate.agent.gateway.WorkerGateway;
import org.quorate.agent.gateway.WorkerRoutes;
import org.quorate.agent.housekeeping.HousekeepingStep;
import org.quorate.agent.inbox.BuildmasterInbox;
import org.quorate.agent.link.LinkServer;
import org.quorate.agent.loop.Loop;
import org.quorate.agent.loop.Step;
import org.quorate.agent.membership.FenceStep;
import org.quorate.agent.membership.Life;
import org.quorate.agent.membership.MembershipStep;
import org.quorate.agent.membership.StateFile;
import org.quorate.agent.metrics.Metrics;
import org.quorate.agent.ownership.DueStep;
import org.quorate.agent.ownership.OwnershipStep;
import org.quorate.agent.ownership.TickStep;
import org.quorate.agent.spool.PendingCompletions;
import org.quorate.agent.spool.SpoolReplayer;
import org.quorate.agent.spool.Spool;
import org.quorate.agent.status.AgentSnapshots;
import org.quorate.agent.status.StatusServer;
import org.quorate.agent.stock.StockStep;
import org.quorate.agent.supervision.SupervisionStep;
import org.quorate.agent.supervision.Supervisor;
import org.quorate.config.Secret;
import org.quorate.master.Authority;
import org.quorate.master.Ensemble;
import org.quorate.postgres.DatabaseSettings;
import org.quorate.postgres.Notifications;
import org.quorate.postgres.PostgresClaims;
import org.quorate.postgres.PostgresCluster;
import org.quorate.postgres.PostgresDatabase;
import org.quorate.postgres.PostgresEvents;
import org.quorate.postgres.PostgresMasters;
import org.quorate.postgres.PostgresSchedulers;
import org.quorate.postgres.PostgresStockActivity;
import org.quorate.scheduler.OwnershipPolicy;
import org.quorate.zookeeper.CuratorEnsemble;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts list of the daemon: makes every part, joins them, starts them in order and closes them in reverse. Nothing else
 * knows more than its neighbours.
 */
public final class Agent implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Agent.class);

    private static final String UNPLUGGED = "unplugged";

    private final AgentConfiguration configuration;
    private final StateFile stateFile;
    private final Spool spool;
    private final SpoolReplayer replay;
    private final PostgresDatabase database;
    private final PostgresDatabase guardian;
    private final Notifications notifications;
    private final Ensemble ensemble;
    private final PostgresMasters masters;
    private final BuildmasterInbox desk = new BuildmasterInbox();
    private final MasterStateHolder masterState;
    private final Reception reception;
    private final Optional<Supervisor> supervisor;
    private final boolean plugged;
    private final IntSupplier held;
    private final LinkServer linkServer;
    private final OwnershipStep ownershipStep;
    private final HousekeepingStep housekeepingStep;
    private final Map<String, Loop> loops = new HashMap<>();
    private final List<Loop> order = new ArrayList<>();
    private final CountDownLatch now = new CountDownLatch(1);
    private final AgentSnapshots portrait;
    private final Optional<StatusServer> statusServer;
    private final Optional<WorkerGateway> gateway;
    private final AutoCloseable jmx;

    /**
     * Makes the parts; opens no connection that it waits for.
     *
     * @throws IllegalStateException the state directory is in use or cannot be used; one sentence
     */
    public Agent(AgentConfiguration configuration, LongSupplier nanoTime, String host, String version) {
        this.configuration = configuration;
        MetricRegistry registry = new MetricRegistry();
        Metrics metrics = new Metrics(registry);
        this.jmx = metrics.jmx();
        this.stateFile = StateFile.open(configuration.stateDirectory(), Life.current());
        this.spool = Spool.open(configuration.stateDirectory());
        String applicationName = PostgresMasters.applicationName(configuration.master());
        DatabaseSettings settings =
                settings(configuration.database(), configuration.database().poolSize());
        this.database = PostgresDatabase.open(settings, applicationName);
        // a session of its own for what keeps the trust, so that a busy work pool cannot fence the master
        this.guardian = PostgresDatabase.open(settings(configuration.database(), 1), applicationName);
        this.notifications = new Notifications(settings, applicationName, nanoTime);
        this.ensemble = CuratorEnsemble.connect(
                configuration.zookeeper().connect(),
                configuration.cluster(),
                configuration.zookeeper().sessionTimeout());
        this.masterState = new MasterStateHolder(nanoTime);
        this.masters = new PostgresMasters(database);
        PostgresClaims claims = new PostgresClaims(database);
        this.replay = new SpoolReplayer(spool, claims, nanoTime, metrics);
        PostgresSchedulers schedulers = new PostgresSchedulers(database);
        PostgresEvents events = new PostgresEvents(database);
        this.reception = new Reception(masters, schedulers, claims, events, desk);
        this.linkServer = new LinkServer(configuration.stateDirectory().resolve("link.sock"), desk, nanoTime);
        this.supervisor = configuration.buildmaster().map(b -> new Supervisor(command(b)));
        this.plugged = configuration
                .buildmaster()
                .map(AgentConfiguration.Buildmaster::plugin)
                .orElse(true);
        Duration poll = configuration.timing().poll();
        PostgresCluster cluster = new PostgresCluster(guardian);
        Admission admission = new Admission(
                configuration.cluster(),
                ensemble,
                cluster::objection,
                cluster::uuid,
                configuration.granted(configuration.zookeeper().sessionTimeout()),
                configuration::granted,
                this::beginAnew);
        ClaimStep claimStep = new ClaimStep(
                claims,
                reception,
                desk,
                new PendingCompletions(spool, replay),
                masterState,
                nanoTime,
                UUID::randomUUID,
                poll,
                metrics);
        MembershipStep.Self self = new MembershipStep.Self(
                configuration.master(),
                UUID.randomUUID(),
                host,
                configuration.capacity().orElse(0),
                version,
                supervisor.isPresent());
        ControlStep controlStep =
                new ControlStep(masters, claims, masterState, desk, poll, () -> wake("ownership", "gateway"));
        this.ownershipStep = new OwnershipStep(
                configuration.master(),
                new OwnershipPolicy(
                        configuration.master(),
                        new OwnershipPolicy.Settings(
                                configuration.ownership().delay(),
                                configuration.ownership().settle(),
                                configuration.ownership().movesPerMinute())),
                ensemble,
                schedulers,
                controlStep::drained,
                masterState,
                desk,
                nanoTime,
                // the control loop wakes it at every poll
                poll.multipliedBy(2),
                metrics);
        this.housekeepingStep = new HousekeepingStep(
                configuration.master(),
                ensemble,
                masters,
                admission,
                masterState,
                nanoTime,
                poll,
                configuration.retention(),
                claimStep::lookAgain,
                metrics);
        Duration killTime = configuration.timing().killTime();
        FenceStep.Supervision supervision =
                supervisor.<FenceStep.Supervision>map(s -> s::kill).orElse(FenceStep.Supervision.none());
        add("fence", new FenceStep(masterState, desk, supervision, killTime, nanoTime, metrics), nanoTime);
        add(
                "membership",
                new MembershipStep(
                        self,
                        ensemble,
                        new PostgresMasters(guardian, plugged),
                        admission,
                        stateFile,
                        spool,
                        new SpoolReplayer(spool, new PostgresClaims(guardian), nanoTime, metrics),
                        masterState,
                        desk,
                        nanoTime,
                        metrics),
                nanoTime);
        add("claims", claimStep, nanoTime);
        add("ticks", new TickStep(schedulers, masterState, desk, metrics), nanoTime);
        RelayStep relayStep = new RelayStep(
                events,
                new Publisher(events, desk, UUID::randomUUID, nanoTime, poll),
                masterState,
                desk,
                nanoTime,
                poll,
                metrics);
        add("relay", relayStep, nanoTime);
        add("ownership", ownershipStep, nanoTime);
        add("due", new DueStep(ownershipStep::tellAllDue), nanoTime);
        add("housekeeping", housekeepingStep, nanoTime);
        add("control", controlStep, nanoTime);
        add(
                "supervision",
                new SupervisionStep(
                        supervisor,
                        plugged,
                        configuration
                                .buildmaster()
                                .map(AgentConfiguration.Buildmaster::restartDelay)
                                .orElse(Duration.ZERO),
                        configuration.timing().hangLimit(),
                        masterState,
                        desk,
                        nanoTime),
                nanoTime);
        add(
                "notifications",
                new NotificationStep(
                        notifications,
                        Map.of(
                                Notifications.WORK, builderid -> lookAgain(claimStep, builderid),
                                Notifications.CONTROL, what -> wake("control"),
                                Notifications.BUILDSET, buildsetid -> wake("claims", "due"),
                                Notifications.EVENT, masterid -> listen(relayStep, masterid))),
                nanoTime);
        this.gateway = configuration
                .gateway()
                .map(g -> new WorkerGateway(configuration.master(), g.listen(), g.connectionsMax(), nanoTime, metrics));
        WorkerRoutes destinations = new WorkerRoutes(ensemble, controlStep::masters);
        gateway.ifPresent(g -> add("gateway", new GatewayStep(destinations, g::follow, poll), nanoTime));
        Optional<StockStep> unplugged = unplugged(nanoTime);
        this.held = unplugged
                .<IntSupplier>map(step -> step::held)
                .orElse(() -> reception.known().size());
        this.portrait = new AgentSnapshots(
                configuration,
                self,
                masterState,
                desk,
                held,
                unplugged
                        .<Supplier<Optional<String>>>map(step -> step::objection)
                        .orElse(this::absence),
                ownershipStep,
                housekeepingStep,
                ensemble,
                database,
                spool,
                () -> gateway.map(WorkerGateway::picture),
                order,
                nanoTime);
        metrics.show(portrait);
        metrics.showJvm();
        this.statusServer = configuration.listen().map(listen -> new StatusServer(listen, portrait, registry));
        join();
    }

    private Optional<String> absence() {
        return desk.attached().isPresent() ? Optional.empty() : Optional.of("no buildmaster is attached");
    }

    /** Who looks after a buildmaster that does not say itself whether it is there, and what it holds. */
    private Optional<StockStep> unplugged(LongSupplier nanoTime) {
        if (plugged || supervisor.isEmpty()) {
            return Optional.empty();
        }
        AgentConfiguration.Buildmaster buildmaster = configuration.buildmaster().orElseThrow();
        StockStep step = new StockStep(
                configuration.master(),
                new PostgresStockActivity(database),
                hand(supervisor.get()),
                masterState,
                new StockStep.Spans(
                        buildmaster.wakeInterval(),
                        buildmaster.heartbeatLimit(),
                        configuration.timing().poll()),
                nanoTime);
        add(UNPLUGGED, step, nanoTime);
        return Optional.of(step);
    }

    private static StockStep.Hand hand(Supervisor supervisor) {
        return new StockStep.Hand() {
            @Override
            public boolean isRunning() {
                return supervisor.isRunning();
            }

            @Override
            public boolean signal(Supervisor.Signal signal) {
                return supervisor.signal(signal);
            }
        };
    }

    private static DatabaseSettings settings(AgentConfiguration.Database d, int sessions) {
        return new DatabaseSettings(
                d.url(),
                d.user(),
                d.password().map(Secret::reveal).orElse(""),
                sessions,
                d.statementTimeout(),
                d.socketTimeout());
    }

    private Supervisor.Command command(AgentConfiguration.Buildmaster b) {
        Path state = configuration.stateDirectory();
        Map<String, String> environment = new HashMap<>(b.revealedEnvironment());
        environment.put(
                "QUORATE_LINK", state.resolve("link.sock").toAbsolutePath().toString());
        environment.put("QUORATE_MASTER_NAME", configuration.master());
        return new Supervisor.Command(
                b.command(),
                b.directory(),
                environment,
                Supervisor.cookie(configuration.cluster(), configuration.master(), state),
                b.log(),
                state.resolve("buildmaster.pid"),
                configuration.zookeeper().sessionTimeout());
    }

    private void add(String name, Step step, LongSupplier nanoTime) {
        Loop loop = new Loop(name, step, nanoTime);
        loops.put(name, loop);
        order.add(loop);
    }

    private void join() {
        desk.onErrand(() -> wake("claims"));
        desk.onTick(() -> wake("ticks"));
        desk.onPublication(() -> wake("relay"));
        desk.onAttachment(() -> wake("membership", "ownership", "supervision", "control", "relay"));
        masterState.onChange(() -> wake(
                "fence", "membership", "claims", "ownership", "housekeeping", "supervision", "control", UNPLUGGED));
        ensemble.onChange(() -> wake("membership", "ownership", "housekeeping", "gateway"));
        supervisor.ifPresent(s -> s.onDeath(() -> wake("supervision")));
    }

    private void wake(String... names) {
        for (String name : names) {
            Loop loop = loops.get(name);
            if (loop != null) {
                loop.wake();
            }
        }
    }

    /** @param builderid empty: the session that listens is a new one */
    private void lookAgain(ClaimStep claimStep, String builderid) {
        if (builderid.isEmpty()) {
            claimStep.compare();
            wake("claims");
        }
        claimStep.lookAgain();
        wake(UNPLUGGED);
    }

    private void listen(RelayStep relayStep, String masterid) {
        if (relayStep.listen(masterid)) {
            wake("relay");
        }
    }

    /** What an earlier epoch left running ends before the new one begins. */
    private boolean beginAnew() {
        reception.forgetAll();
        return supervisor.map(s -> s.kill(configuration.timing().killTime())).orElse(true);
    }

    /** Starts the loops; returns at once. The stores may be down. */
    public void start() {
        statusServer.ifPresent(StatusServer::start);
        linkServer.start();
        supervisor.ifPresent(Supervisor::adopt);
        gateway.ifPresent(WorkerGateway::start);
        order.forEach(Loop::start);
        LOG.info("agent of master {} in cluster {}", configuration.master(), configuration.cluster());
    }

    /**
     * The graceful stop: claims nothing more, hands the schedulers over, lets running builds finish until the deadline, gives
     * the rest back and leaves. Returns when all is done.
     */
    public void stop() {
        LOG.info("stopping: no new claims, schedulers handed over; {} buildrequests left", held.getAsInt());
        masterState.change(MasterState::stoppingNow);
        awaitBuilds(configuration
                .buildmaster()
                .map(AgentConfiguration.Buildmaster::stopDeadline)
                .orElse(Duration.ZERO));
        Optional<Authority> authority = masterState.authority();
        order.forEach(Loop::close);
        desk.tell(link -> link.fence("the agent stops"));
        supervisor.ifPresent(s -> s.kill(configuration.timing().killTime()));
        authority.ifPresent(this::leave);
        close();
    }

    /** The second signal: the builds that still run are given back at once. */
    public void hurry() {
        now.countDown();
    }

    /** One without the plugin does not say what it builds, and ends when nothing is left. */
    private boolean isBuilding() {
        return plugged
                ? !reception.known().isEmpty()
                : supervisor.filter(Supervisor::isRunning).isPresent();
    }

    private void awaitBuilds(Duration deadline) {
        long steps = deadline.toMillis() / 100;
        try {
            for (long i = 0; i < steps && isBuilding(); i++) {
                if (now.await(100, TimeUnit.MILLISECONDS)) {
                    LOG.info("stopping now: {} buildrequests go back to the queue", held.getAsInt());
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void leave(Authority authority) {
        try {
            replay.take(Optional.of(authority), (completion, accepted) -> {});
            masters.leave(authority, "the agent stopped");
            ensemble.leave();
        } catch (RuntimeException e) {
            LOG.warn("could not leave cleanly ({}); the others fail this master over instead", e.getMessage());
        }
    }

    @Override
    public void close() {
        order.forEach(Loop::close);
        gateway.ifPresent(WorkerGateway::close);
        statusServer.ifPresent(StatusServer::close);
        linkServer.close();
        supervisor.ifPresent(Supervisor::close);
        ensemble.close();
        notifications.close();
        database.close();
        guardian.close();
        spool.close();
        stateFile.close();
        closeQuietly(jmx);
    }

    private static void closeQuietly(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            LOG.debug("closing", e);
        }
    }
}
