package org.quorate.agent;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.claiming.Handshake;
import org.quorate.agent.claiming.HeldClaims;
import org.quorate.agent.config.AgentConfiguration;
import org.quorate.agent.inbox.AttachedBuildmaster;
import org.quorate.agent.inbox.BuildmasterInbox;
import org.quorate.agent.link.LeaseSocket;
import org.quorate.agent.link.LinkServer;
import org.quorate.agent.loop.Lifecycle;
import org.quorate.agent.status.BuildmasterView;
import org.quorate.agent.stock.StockStep;
import org.quorate.agent.supervision.FailedStarts;
import org.quorate.agent.supervision.HangDetector;
import org.quorate.agent.supervision.Supervisor;
import org.quorate.postgres.PostgresStockActivity;

/**
 * The parts that the agent has for its one buildmaster: the link, the inbox, the attached buildmaster, the claims that
 * it holds, and its process if the agent starts it.
 *
 * @param supervisor empty: somebody else starts the buildmaster
 * @param stock present if the agent starts a buildmaster without the plugin
 */
record BuildmasterParts(
        AgentConfiguration configuration,
        AttachedBuildmaster attached,
        BuildmasterInbox inbox,
        HeldClaims held,
        Handshake handshake,
        LinkServer linkServer,
        LeaseSocket leaseSocket,
        Optional<Supervisor> supervisor,
        FailedStarts starts,
        HangDetector hangDetector,
        Optional<StockStep> stock)
        implements BuildmasterView {
    static BuildmasterParts of(
            AgentConfiguration configuration,
            Stores stores,
            MasterStateHolder masterState,
            LongSupplier nanoTime,
            Lifecycle lifecycle) {
        AttachedBuildmaster attached = new AttachedBuildmaster();
        BuildmasterInbox inbox = new BuildmasterInbox(attached);
        HeldClaims held = new HeldClaims();
        Optional<Supervisor> supervisor =
                configuration.buildmaster().map(b -> lifecycle.add(new Supervisor(command(configuration, b))));
        LeaseSocket leases =
                lifecycle.add(new LeaseSocket(configuration.stateDirectory().resolve("lease.sock"), nanoTime));
        attached.onLease((epoch, remaining) -> {
            // a buildmaster that this agent cannot kill ends by itself, when it is disconnected and gets no lease
            if (supervisor.isPresent() || attached.current().isPresent()) {
                leases.send(epoch, remaining);
            }
        });
        supervisor.ifPresent(process -> process.database(stores.followed()::uuid));
        return new BuildmasterParts(
                configuration,
                attached,
                inbox,
                held,
                new Handshake(
                        stores.masters(), stores.schedulers(), stores.claims(), stores.events(), held, inbox, attached),
                lifecycle.add(new LinkServer(configuration.stateDirectory().resolve("link.sock"), inbox, nanoTime)),
                leases,
                supervisor,
                new FailedStarts(),
                new HangDetector(configuration.timing().hangLimit(), nanoTime.getAsLong()),
                hasPlugin(configuration)
                        ? Optional.empty()
                        : supervisor.map(process -> stock(configuration, stores, process, masterState, nanoTime)));
    }

    private static boolean hasPlugin(AgentConfiguration configuration) {
        return configuration
                .buildmaster()
                .map(AgentConfiguration.Buildmaster::plugin)
                .orElse(true);
    }

    private static Supervisor.Command command(AgentConfiguration configuration, AgentConfiguration.Buildmaster b) {
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
                configuration.zookeeper().sessionTimeout(),
                // stock Buildbot does not try again after such an error
                b.plugin() ? configuration.zookeeper().sessionTimeout().dividedBy(3) : Duration.ZERO);
    }

    private static StockStep stock(
            AgentConfiguration configuration,
            Stores stores,
            Supervisor supervisor,
            MasterStateHolder masterState,
            LongSupplier nanoTime) {
        AgentConfiguration.Buildmaster buildmaster = configuration.buildmaster().orElseThrow();
        return new StockStep(
                configuration.master(),
                new PostgresStockActivity(stores.database()),
                supervisor,
                masterState,
                new StockStep.Spans(
                        buildmaster.wakeInterval(),
                        buildmaster.heartbeatLimit(),
                        configuration.timing().poll()),
                nanoTime);
    }

    /** Accepts messages from now on, also from a buildmaster that an earlier process of this agent started. */
    void start() {
        leaseSocket.start();
        linkServer.start();
        supervisor.ifPresent(Supervisor::adopt);
    }

    boolean hasPlugin() {
        return hasPlugin(configuration);
    }

    boolean isSupervised() {
        return supervisor.isPresent();
    }

    /** Ends what an earlier epoch left running, before a new epoch begins. Returns false if something still runs. */
    boolean beginAnew() {
        handshake.forget();
        return kill(configuration.timing().killTime());
    }

    /** Returns true if no process of the buildmaster is left, and also if somebody else starts the buildmaster. */
    boolean kill(Duration limit) {
        return supervisor.map(process -> process.kill(limit)).orElse(true);
    }

    /** A stock buildmaster does not report its builds; its process ends when no build is left. */
    boolean isBuilding() {
        return hasPlugin()
                ? !held.brids().isEmpty()
                : supervisor.filter(Supervisor::isRunning).isPresent();
    }

    @Override
    public int claimsHeld() {
        return stock.map(StockStep::held).orElseGet(() -> held.brids().size());
    }

    @Override
    public int slots() {
        return attached.current()
                .map(buildmaster -> buildmaster.hello().slots())
                .orElse(0);
    }

    @Override
    public Optional<String> absence() {
        if (stock.isPresent()) {
            return starts.sentence().or(stock.get()::objection);
        }
        return attached.current().isPresent()
                ? Optional.empty()
                : starts.sentence().or(() -> Optional.of("no buildmaster is attached"));
    }

    @Override
    public Duration silence() {
        return hangDetector.silence();
    }

    /** Returns what is wrong with the buildmaster, as a clause; empty: nothing is known to be. */
    Optional<String> trouble() {
        return starts.sentence().or(hangDetector::sentence);
    }

    @Override
    public int failedStarts() {
        return starts.count();
    }
}
