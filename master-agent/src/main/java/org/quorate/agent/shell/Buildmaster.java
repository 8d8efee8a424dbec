package org.quorate.agent.shell;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.quorate.agent.link.Fields;
import org.quorate.agent.link.Hello;
import org.quorate.agent.link.HelloAnswer;
import org.quorate.agent.link.LinkError;
import org.quorate.agent.link.Wire;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.quorate.claim.Completion;
import org.quorate.claim.Results;
import org.quorate.claim.Turn;
import org.quorate.scheduler.Ownership;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The shell buildmaster: its parts, and its reactions to the agent's messages. */
final class Buildmaster implements AgentConnection.Events {
    /** The exit code of a buildmaster that fenced itself; EX_TEMPFAIL of sysexits(3): start it again. */
    static final int FENCED = 75;

    private static final Logger LOG = LoggerFactory.getLogger(Buildmaster.class);
    private static final String VERSION = "shell 1";
    private static final Duration POLL = Duration.ofSeconds(5);
    private static final Duration HEARTBEAT = Duration.ofSeconds(1);
    private static final int LEASE_LOOKED_AT_EVERY_MILLIS = 100;
    private static final Duration LAST_REPORTS_WITHIN = Duration.ofSeconds(2);

    private final Configuration configuration;
    private final LongSupplier nanoTime;
    private final Loop loop = new Loop();
    private final ExecutorService sweeper = Executors.newSingleThreadExecutor(task -> daemon(task, "build-sweeper"));
    private final ScheduledExecutorService watch =
            Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "lease-watch"));
    private final Lease lease;
    private final Builds builds;
    private final AgentConnection agent;
    private final Reports reports;
    private final Claiming claiming;
    private final Terms terms;
    private final CompletableFuture<Integer> exit = new CompletableFuture<>();
    private long epoch;
    private boolean stopping;
    private String lastUnusable = "";

    Buildmaster(
            Configuration configuration,
            String master,
            Path socket,
            Wrapper wrapper,
            Clock clock,
            LongSupplier nanoTime) {
        this.configuration = configuration;
        this.nanoTime = nanoTime;
        this.lease = new Lease(nanoTime);
        Path directory = configuration.directory();
        EffectLog effects = new EffectLog(directory.resolve("effects.jsonl"), master, clock, nanoTime);
        this.builds = new Builds(lease, new Build.Site(directory, wrapper, clock), effects, UUID.randomUUID());
        this.agent = new AgentConnection(socket, loop, nanoTime, HEARTBEAT, this);
        this.reports = new Reports(agent, loop, this::exitWhenDone, new Journal(configuration.journal()));
        this.claiming = new Claiming(configuration, builds, agent, this::startAll);
        this.terms = new Terms(configuration, agent, lease, loop, nanoTime);
    }

    /** Starts the buildmaster. Returns its future exit code. */
    CompletableFuture<Integer> start() {
        loop.run(agent::connect);
        loop.every(POLL, claiming::look);
        loop.every(HEARTBEAT, agent::beat);
        var unused = watch.scheduleWithFixedDelay(
                this::lookAtLease, LEASE_LOOKED_AT_EVERY_MILLIS, LEASE_LOOKED_AT_EVERY_MILLIS, TimeUnit.MILLISECONDS);
        return exit;
    }

    CompletableFuture<Integer> exitCode() {
        return exit;
    }

    /** Ends the threads and the link; kills builds that still run. */
    void close() {
        builds.fence();
        CompletableFuture<Void> closed = new CompletableFuture<>();
        loop.run(() -> {
            agent.close();
            closed.complete(null);
        });
        closed.completeOnTimeout(null, 3, TimeUnit.SECONDS).join();
        loop.close();
        watch.shutdownNow();
        sweeper.shutdown();
    }

    private void lookAtLease() {
        if (lease.isOver()) {
            fence("the lease ended without another message from the agent");
        }
    }

    /**
     * Fences this buildmaster, on the thread that notices first. Reports nothing, since this master holds nothing any
     * more.
     */
    private void fence(String why) {
        if (!exit.isDone()) {
            LOG.warn("fenced: {}; killing {} builds", why, builds.count());
        }
        builds.fence();
        exit.complete(FENCED);
    }

    /** Stops on SIGTERM: claims and ticks no more, lets running builds end, and releases those that take too long. */
    void stop() {
        loop.run(() -> {
            if (stopping) {
                return;
            }
            LOG.info("stopping: {} builds may run for {} more", builds.count(), configuration.stopDeadline());
            stopping = true;
            claiming.stop();
            terms.disownAll();
            var unused = loop.after(configuration.stopDeadline(), this::releaseAll);
            exitWhenDone();
        });
    }

    private void releaseAll() {
        builds.all().forEach(build -> build.kill(Build.Verdict.GIVEN_BACK));
        var unused = loop.after(LAST_REPORTS_WITHIN, () -> exit.complete(0));
    }

    private void exitWhenDone() {
        boolean reported = reports.waiting().isEmpty() || !agent.isOpen();
        if (stopping && builds.count() == 0 && !claiming.isAsking() && reported) {
            exit.complete(0);
        }
    }

    @Override
    public Hello hello() {
        List<Attempt> running = new ArrayList<>(reports.waiting());
        builds.all().forEach(build -> running.add(build.claim().attempt()));
        return new Hello(
                        configuration.name(),
                        VERSION,
                        configuration.slots(),
                        configuration.builders().values().stream()
                                .map(builder -> new Hello.Builder(builder.name(), builder.slots()))
                                .toList(),
                        configuration.schedulers().values().stream()
                                .map(each -> new Hello.OfferedScheduler(each.name(), each.kind(), each.upstream()))
                                .toList(),
                        running)
                .withUnanswered(claiming.unanswered());
    }

    @Override
    public void connected(HelloAnswer answer, long sentNanos) {
        lease.renew(answer.lease(), sentNanos);
        epoch = answer.epoch();
        for (int brid : answer.stop()) {
            builds.of(brid).ifPresent(build -> build.kill(Build.Verdict.NOT_HELD));
            reports.drop(brid);
        }
        reports.sendAll();
        claiming.answered(answer.claims());
        claiming.drain(answer.draining());
    }

    @Override
    public void lost(String why) {
        terms.disownAll();
        exitWhenDone();
    }

    @Override
    public void received(String method, ObjectNode params) {
        long received = nanoTime.getAsLong();
        try {
            act(method, Fields.of(method, params), received);
        } catch (LinkError e) {
            unusable(e.sentence());
            throw e;
        }
    }

    /** Handles a message on the reader's thread: a lease and a fence must not wait for the loop. */
    private void act(String method, Fields params, long received) {
        switch (method) {
            case "lease" ->
                lease.renew(Duration.ofMillis(params.number("remainingMillis")), params.number("sentNanos"));
            case "fence" -> fence("the agent's reason: " + params.text("why"));
            case "own" -> {
                Ownership own = Wire.ownership(params);
                loop.run(() -> {
                    if (!stopping) {
                        terms.own(own, received);
                    }
                });
            }
            case "disown" -> {
                String scheduler = params.name("scheduler");
                loop.run(() -> terms.disown(scheduler));
            }
            case "wake" -> loop.run(claiming::look);
            case "due" -> {
                String scheduler = params.name("scheduler");
                List<Integer> buildsets = params.integers("buildsets");
                loop.run(() -> terms.due(scheduler, buildsets));
            }
            case "cancel" -> {
                int brid = params.integer("brid", 1, Integer.MAX_VALUE);
                loop.run(() -> builds.of(brid).ifPresent(build -> build.kill(Build.Verdict.CANCELLED)));
            }
            case "drain" -> {
                boolean on = params.yes("on");
                loop.run(() -> claiming.drain(on));
            }
            case "database" -> {} // it has no session to the database
            default -> throw new LinkError(LinkError.UNKNOWN_METHOD, "there is no method " + method);
        }
    }

    private synchronized void unusable(String sentence) {
        if (!sentence.equals(lastUnusable)) {
            LOG.warn("ignored a message of the agent: {}", sentence);
            lastUnusable = sentence;
        }
    }

    private void startAll(List<Claim> claims) {
        claims.forEach(this::start);
        exitWhenDone();
    }

    private void start(Claim claim) {
        ShellBuilder builder = configuration.builders().get(claim.builder());
        Optional<Build> running = builds.of(claim.brid());
        if (running.filter(build -> build.claim().attempt().equals(claim.attempt()))
                .isPresent()) {
            return;
        }
        // a build of an earlier attempt, which the agent does not hold any more, since it could claim again
        running.ifPresent(build -> build.kill(Build.Verdict.NOT_HELD));
        if (stopping || builder == null || running.isPresent()) {
            release(claim, stopping ? "the buildmaster stops" : "the buildmaster cannot start it");
            return;
        }
        try {
            builds.start(claim, builder, epoch).ifPresent(build -> follow(build, builder));
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn("buildrequest {} of {} cannot be started: {}", claim.brid(), claim.builder(), e.getMessage());
            reports.complete(new Completion(claim.attempt(), Results.EXCEPTION));
        }
    }

    private void release(Claim claim, String why) {
        reports.release(new Turn.Release(claim.attempt(), why));
    }

    private void follow(Build build, ShellBuilder builder) {
        builder.timeout().ifPresent(timeout -> {
            var unused = loop.after(timeout, () -> {
                if (builds.of(build.claim().brid())
                        .filter(each -> each == build)
                        .isPresent()) {
                    build.kill(Build.Verdict.TIMED_OUT);
                }
            });
        });
        var unused = build.ended(sweeper).whenComplete((code, failure) -> loop.run(() -> ended(build, code)));
    }

    private void ended(Build build, @Nullable Integer exitCode) {
        Claim claim = build.claim();
        OptionalInt results = build.verdict().map(Buildmaster::results).orElse(OptionalInt.of(results(exitCode)));
        builds.ended(build, results, build.verdict().map(Build.Verdict::words).orElse("exit code " + exitCode));
        results.ifPresent(code -> reports.complete(new Completion(claim.attempt(), code)));
        if (build.verdict().equals(Optional.of(Build.Verdict.GIVEN_BACK))) {
            release(claim, "the buildmaster stops");
        }
        claiming.look();
        exitWhenDone();
    }

    private static int results(@Nullable Integer exitCode) {
        return exitCode == null ? Results.EXCEPTION : exitCode == 0 ? Results.SUCCESS : Results.FAILURE;
    }

    /** Returns the results to report; empty: the build is not reported. */
    private static OptionalInt results(Build.Verdict verdict) {
        return switch (verdict) {
            case CANCELLED -> OptionalInt.of(Results.CANCELLED);
            case TIMED_OUT -> OptionalInt.of(Results.EXCEPTION);
            case GIVEN_BACK, NOT_HELD, FENCED -> OptionalInt.empty();
        };
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }
}
