package org.quorate.agent;

import com.codahale.metrics.MetricRegistry;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.quorate.agent.authority.Admission;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.claiming.ClaimStep;
import org.quorate.agent.claiming.Handshake;
import org.quorate.agent.claiming.HeldClaims;
import org.quorate.agent.control.ControlStep;
import org.quorate.agent.control.SelfReport;
import org.quorate.agent.events.Publisher;
import org.quorate.agent.events.RelayStep;
import org.quorate.agent.housekeeping.HousekeepingStep;
import org.quorate.agent.identity.FollowedDatabase;
import org.quorate.agent.identity.StorePairing;
import org.quorate.agent.inbox.AttachedBuildmaster;
import org.quorate.agent.inbox.BuildmasterInbox;
import org.quorate.agent.link.FreeSlots;
import org.quorate.agent.link.Hello;
import org.quorate.agent.link.HelloAnswer;
import org.quorate.agent.membership.FenceStep;
import org.quorate.agent.membership.Life;
import org.quorate.agent.membership.MembershipStep;
import org.quorate.agent.membership.StateFile;
import org.quorate.agent.metrics.Metrics;
import org.quorate.agent.ownership.OwnershipStep;
import org.quorate.agent.ownership.TickStep;
import org.quorate.agent.spool.PendingCompletions;
import org.quorate.agent.spool.Spool;
import org.quorate.agent.spool.SpoolReplayer;
import org.quorate.agent.supervision.ProcessIdentity;
import org.quorate.agent.testing.RecordingLink;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.quorate.claim.Claims;
import org.quorate.event.Events;
import org.quorate.master.DatabaseUnreachable;
import org.quorate.master.Masters;
import org.quorate.master.Timing;
import org.quorate.scheduler.OwnershipPolicy;
import org.quorate.testing.memory.InMemoryDatabase;
import org.quorate.testing.memory.InMemoryEnsemble;
import org.quorate.testing.memory.InMemoryZooKeeper;

/** An agent without threads: its steps, over stores in memory and a clock that a test advances. */
public final class TestAgent {
    public static final Duration SESSION = Duration.ofSeconds(6);
    /** The life of every agent that a test replaces: its process is gone, since no process has such an id. */
    private static final Life ENDED = new Life(Life.current().place(), new ProcessIdentity(Integer.MAX_VALUE, 1));

    final String name;
    final AtomicLong nanos;
    final InMemoryDatabase database;
    public final InMemoryEnsemble ensemble;
    public final MasterStateHolder masterState;
    public final AttachedBuildmaster attached = new AttachedBuildmaster();
    public final BuildmasterInbox inbox = new BuildmasterInbox(attached);
    final HeldClaims held = new HeldClaims();
    final ClaimStep claims;
    public final MembershipStep membership;
    final FenceStep fence;
    final OwnershipStep ownership;
    final HousekeepingStep housekeeping;
    final ControlStep control;
    final TickStep ticks;
    public final RelayStep relay;
    public final StateFile stateFile;
    final Spool spool;
    public RecordingLink link = new RecordingLink();
    Runnable onNewEpoch = () -> {};
    int kills;
    /** Whether processes of an earlier epoch can be killed. */
    boolean mortal = true;
    /** How many claims there were, of any master, when the processes of an earlier epoch were killed; -1: no kill. */
    int claimedAtTheKill = -1;
    /** What keeps the buildmaster from starting. */
    Supplier<Optional<String>> trouble = Optional::empty;
    /** Whether the housekeeping of this agent alone does not reach the database. */
    boolean databaseAway;

    public TestAgent(
            String name, Path state, AtomicLong nanos, InMemoryDatabase database, InMemoryZooKeeper zooKeeper) {
        this(name, state, nanos, database, zooKeeper, database.claims(), database.events());
    }

    public TestAgent(
            String name,
            Path state,
            AtomicLong nanos,
            InMemoryDatabase database,
            InMemoryZooKeeper zooKeeper,
            Claims claimsPort,
            Events eventsPort) {
        this(name, state, nanos, database, zooKeeper, claimsPort, eventsPort, ENDED);
    }

    public TestAgent(
            String name,
            Path state,
            AtomicLong nanos,
            InMemoryDatabase database,
            InMemoryZooKeeper zooKeeper,
            Claims claimsPort,
            Events eventsPort,
            Life life) {
        this.name = name;
        this.nanos = nanos;
        this.database = database;
        this.ensemble = zooKeeper.connect();
        this.masterState = new MasterStateHolder(nanos::get);
        Handshake handshake =
                new Handshake(database.masters(), database.schedulers(), claimsPort, eventsPort, held, inbox, attached);
        Metrics metrics = new Metrics(new MetricRegistry());
        Duration poll = Duration.ofSeconds(10);
        StorePairing pairing = new StorePairing(
                "master:" + name,
                database.identities(),
                ensemble,
                new FollowedDatabase(state.resolve(name)),
                UUID::randomUUID);
        Admission admission = new Admission(
                "test",
                ensemble,
                asked -> Optional.empty(),
                pairing::settle,
                timing(SESSION),
                TestAgent::timing,
                this::killForANewEpoch);
        MembershipStep.Self self = new MembershipStep.Self(name, UUID.randomUUID(), "host", 0, "0", true);
        this.stateFile = StateFile.open(state.resolve(name), life);
        this.spool = Spool.open(state.resolve(name));
        SpoolReplayer replayer = new SpoolReplayer(spool, claimsPort, nanos::get, metrics);
        this.claims = new ClaimStep(
                new ClaimStep.Parts(
                        claimsPort, handshake, held, inbox, attached, new PendingCompletions(spool, replayer), 100),
                masterState,
                nanos::get,
                UUID::randomUUID,
                poll,
                metrics);
        this.membership = new MembershipStep(
                self,
                new MembershipStep.Cluster(ensemble, database.masters(), admission),
                new MembershipStep.Disk(stateFile, spool, replayer),
                masterState,
                attached,
                nanos::get,
                metrics);
        this.fence = new FenceStep(
                masterState,
                attached,
                limit -> {
                    kills++;
                    return true;
                },
                Duration.ofSeconds(2),
                nanos::get,
                metrics);
        this.control = new ControlStep(
                database.masters(),
                claimsPort,
                masterState,
                metrics,
                attached,
                new SelfReport(database.masters(), () -> trouble.get(), () -> Instant.EPOCH, nanos::get),
                poll,
                () -> {});
        this.ownership = new OwnershipStep(
                new OwnershipPolicy(
                        name, new OwnershipPolicy.Settings(Duration.ofMillis(500), Duration.ofSeconds(5), 60)),
                new OwnershipStep.Cluster(
                        ensemble::members, ensemble, ensemble, database.schedulers(), control::drained),
                masterState,
                attached,
                nanos::get,
                poll,
                metrics);
        this.housekeeping = new HousekeepingStep(
                name,
                new HousekeepingStep.Cluster(
                        ensemble::members, ensemble, ensemble, unlessAway(database.masters()), admission),
                masterState,
                nanos::get,
                poll,
                Duration.ofDays(30),
                claims::lookAgain,
                metrics);
        this.ticks = new TickStep(database.schedulers(), masterState, inbox, metrics);
        this.relay = new RelayStep(
                eventsPort,
                new Publisher(eventsPort, inbox, UUID::randomUUID, nanos::get, poll),
                masterState,
                inbox,
                attached,
                nanos::get,
                poll,
                metrics);
    }

    private boolean killForANewEpoch() {
        onNewEpoch.run();
        claimedAtTheKill = database.claimed();
        return mortal;
    }

    private Masters unlessAway(Masters masters) {
        return (Masters) Proxy.newProxyInstance(
                Masters.class.getClassLoader(), new Class<?>[] {Masters.class}, (p, method, args) -> {
                    if (databaseAway) {
                        throw new DatabaseUnreachable("the test cut " + name + " off", new IOException("test"));
                    }
                    try {
                        return method.invoke(masters, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static Timing timing(Duration session) {
        return Timing.of(session, Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(4));
    }

    /** Registers, and attaches a buildmaster with these builders and schedulers. */
    public TestAgent in(List<String> builders, List<String> schedulers, Attempt... running) {
        membership.take();
        hello(builders, schedulers, running);
        membership.take();
        return this;
    }

    HelloAnswer hello(List<String> builders, List<String> schedulers, Attempt... running) {
        return hello(offer(builders, schedulers, running));
    }

    private Hello offer(List<String> builders, List<String> schedulers, Attempt... running) {
        return new Hello(
                name,
                "0",
                4,
                builders.stream().map(b -> new Hello.Builder(b, 4)).toList(),
                schedulers.stream()
                        .map(s -> new Hello.OfferedScheduler(s, "periodic", Optional.empty()))
                        .toList(),
                List.of(running));
    }

    /** Sends the hello of a buildmaster that received no answer to its claim with this token. */
    HelloAnswer helloAfter(UUID asked) {
        return hello(offer(List.of("linux"), List.of()).withUnanswered(Optional.of(asked)));
    }

    /** Sends the hello of a real Buildbot, which has received these events of other masters. */
    public HelloAnswer helloOfBuildbot(Map<Integer, Long> heard) {
        return hello(new Hello(
                name,
                "3.7.0",
                4,
                List.of(new Hello.Builder("linux", 4)),
                List.of(),
                List.of(),
                Optional.empty(),
                List.of("git"),
                OptionalInt.of(9_989),
                Optional.of(heard)));
    }

    private HelloAnswer hello(Hello hello) {
        CompletableFuture<HelloAnswer> answer = inbox.hello(hello, link);
        claims.take();
        return answer.join();
    }

    /** Claims for the buildmaster as many buildrequests of one builder. */
    List<Claim> claim(String builder, int slots) {
        return claim(Map.of(builder, slots), slots);
    }

    List<Claim> claim(Map<String, Integer> slots, int limit) {
        return ask(new FreeSlots(slots, limit));
    }

    List<Claim> ask(FreeSlots ask) {
        CompletableFuture<List<Claim>> answer = inbox.claim(ask);
        claims.take();
        return answer.join();
    }

    public void pass(Duration span) {
        nanos.addAndGet(span.toNanos());
    }
}
