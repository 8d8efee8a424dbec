package org.quorate.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** One run: a cluster, work, faults by a seed, a quiet end, and the checks. Runs once. */
final class Run {
    private static final int QUIET_SECONDS = 600;
    /** What a mutant has lost never comes back. */
    private static final int QUIET_SECONDS_OF_A_MUTANT = 30;

    private static final int LONGEST_EXTENSION_SECONDS = 900;
    /** A failover that takes longer is listed with everything that happened meanwhile. */
    private static final double LONG_FAILOVER_SECONDS = 12;

    private final long seed;
    private final Duration length;
    private final Profile profile;
    private final Optional<Mutant> mutant;
    private final boolean keep;
    private final Consumer<String> say;

    /**
     * @param keep keep all files even if nothing was found
     * @param say receives the progress messages
     */
    Run(long seed, Duration length, Profile profile, Optional<Mutant> mutant, boolean keep, Consumer<String> say) {
        this.seed = seed;
        this.length = length;
        this.profile = profile;
        this.mutant = mutant;
        this.keep = keep;
        this.say = say;
    }

    Outcome run() {
        long began = System.nanoTime();
        Path directory = directory();
        Path home = Path.of(System.getProperty("quorate.home", "target/quorate-0.1.0"))
                .toAbsolutePath()
                .normalize();
        Path agents = mutant.map(each -> each.distribution(home, directory)).orElse(home);
        say.accept("seed " + seed + ", profile " + profile.word() + ", " + length.toSeconds() + " s of faults, in "
                + directory);
        Cluster cluster = Cluster.start(directory, home, agents, profile);
        Outcome outcome;
        try {
            outcome = on(cluster, began);
        } finally {
            cluster.close();
        }
        if (outcome.directory().isEmpty()) {
            cluster.discard();
        }
        return outcome;
    }

    private static Path directory() {
        try {
            // short, since the path of a Unix socket must fit into 108 bytes
            return Files.createTempDirectory("qf");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Outcome on(Cluster cluster, long began) {
        Chronicle chronicle = new Chronicle(cluster.directory().resolve("nemesis.jsonl"));
        Zombies zombies = new Zombies(cluster.ledger());
        Operator operator = new Operator(cluster);
        SecondBuildmaster second = new SecondBuildmaster(cluster.ledger());
        Fork fork = new Fork(cluster);
        Workload workload = new Workload(cluster, profile, seed);
        Meters meters = new Meters(cluster.machines());
        Stalls stalls = new Stalls();
        ExecutorService beside = Executors.newCachedThreadPool();
        beside.execute(workload);
        beside.execute(meters);
        beside.execute(stalls);
        beside.execute(() -> watch(cluster, chronicle, workload));
        Burners burners = Burners.of(profile);
        try {
            new Nemesis(
                            Plan.of(seed, length.toMillis(), profile),
                            new Mischief(cluster, zombies, operator, second, fork),
                            chronicle)
                    .run();
            Pause.millis(length.toMillis() - Math.round(chronicle.seconds() * 1000));
            if (profile.isHarmful() && mutant.isEmpty()) {
                awaitEnoughRequests(workload);
            }
        } finally {
            burners.close();
        }
        workload.stop();
        Checker checker = new Checker(cluster);
        quiet(cluster, checker);
        meters.stop();
        end(beside);
        say.accept("checking");
        return judge(
                cluster,
                checker,
                new Witnesses(chronicle, zombies, operator, second, fork, workload, meters, stalls),
                began);
    }

    private record Witnesses(
            Chronicle chronicle,
            Zombies zombies,
            Operator operator,
            SecondBuildmaster second,
            Fork fork,
            Workload workload,
            Meters meters,
            Stalls stalls) {}

    /**
     * A run with fewer faults proves little: on a slow machine the work goes on after the last fault until there are
     * enough.
     */
    private void awaitEnoughRequests(Workload workload) {
        long least = length.toSeconds() * profile.requestsAMinute() / 60;
        Pause.until(() -> workload.acknowledged().size() >= least, LONGEST_EXTENSION_SECONDS);
    }

    /** Prints the progress, and restarts agents as systemd would, until the thread is interrupted. */
    private void watch(Cluster cluster, Chronicle chronicle, Workload workload) {
        for (int seconds = 1; !Thread.currentThread().isInterrupted(); seconds++) {
            Pause.millis(1000);
            cluster.machines().forEach(Machine::keepAlive);
            if (seconds % 15 == 0) {
                say.accept(String.format(
                        Locale.ROOT,
                        "%5.0f s  %d faults and commands, %d buildrequests acknowledged",
                        chronicle.seconds(),
                        chronicle.deeds().size(),
                        workload.acknowledged().size()));
            }
        }
    }

    private void quiet(Cluster cluster, Checker checker) {
        say.accept("healing, and waiting until all is complete");
        cluster.heal();
        int seconds = mutant.isPresent() ? QUIET_SECONDS_OF_A_MUTANT : QUIET_SECONDS;
        Ledger ledger = cluster.ledger();
        cluster.machines().forEach(machine -> new Operator(cluster).undrain(machine.name()));
        ledger.rows("select count(*) from (select quorate_v1.enable(name, false) from quorate_v1.schedulers) d");
        Pause.until(
                () -> ledger.value("select not exists (select 1 from buildrequests where complete = 0)")
                        .equals("t"),
                seconds);
        if (!cluster.awaitServing(seconds)) {
            checker.add(
                    "back in service",
                    "not active with their buildmasters, long after the last fault",
                    ledger
                            .rows("select m.* from quorate.master m where m.state <> 'active' or not exists"
                                    + " (select 1 from builder_masters b where b.masterid = m.masterid)")
                            .stream()
                            .map(Object::toString)
                            .toList());
        }
    }

    private static void end(ExecutorService beside) {
        beside.shutdownNow();
        try {
            beside.awaitTermination(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Outcome judge(Cluster cluster, Checker checker, Witnesses witnesses, long began) {
        Effects effects = Effects.of(cluster.machines());
        Answers answers = Answers.of(cluster.machines());
        Failovers failovers = new Failovers(cluster.ledger(), witnesses.chronicle.deeds());
        checker.checkHistory();
        Losses losses = Losses.of(cluster.ledger(), witnesses.workload.acknowledged(), answers, effects);
        if (profile.mayLose()) {
            checker.checkLossesNoticed(losses);
        } else {
            checker.checkNothingLost(losses);
        }
        checker.checkRequests(witnesses.operator.cancelled());
        checker.checkRefusals(answers);
        checker.checkEffects(effects);
        checker.add("zombies", "the database took writes of an epoch that was over", witnesses.zombies.accepted());
        checker.add(
                "second buildmaster",
                "the database let it change what belongs to a master whose agent lives",
                witnesses.second.accepted());
        checker.add("fork", "beside a former primary", witnesses.fork.violations());
        if (!profile.isHarmful()) {
            checker.checkUnharmed();
        }
        checker.add(
                "false failovers",
                "fenced, although nothing was done to the master or to the stores",
                failovers.unexplained(witnesses.stalls).stream()
                        .map(Failovers.Fence::text)
                        .toList());
        List<Violation> violations = checker.violations();
        Map<String, Spans> spans = new LinkedHashMap<>();
        spans.put("from a fault to its fence", failovers.faultToFence());
        spans.put("the same, both stores in order", failovers.faultToFenceInOrder());
        spans.put("from a release to the next claim", failovers.releaseToClaim());
        return new Outcome(
                seed,
                profile.word() + mutant.map(each -> ", mutant " + each.word()).orElse(""),
                (System.nanoTime() - began) / 1e9,
                witnesses.chronicle.byKind(false),
                witnesses.chronicle.byKind(true),
                witnesses.chronicle.skipped(),
                numbers(cluster, witnesses, effects, answers, losses),
                spans,
                notes(cluster, failovers, effects, witnesses.stalls),
                violations,
                keep || !violations.isEmpty() ? cluster.directory().toString() : "");
    }

    private Map<String, Long> numbers(
            Cluster cluster, Witnesses witnesses, Effects effects, Answers answers, Losses losses) {
        Ledger ledger = cluster.ledger();
        Map<String, Long> numbers = new LinkedHashMap<>();
        numbers.put(Outcome.REQUESTS, ledger.number("select count(*) from buildrequests"));
        numbers.put("acknowledged submissions", (long)
                witnesses.workload.acknowledged().size());
        numbers.put("ticks", ledger.number("select count(*) from quorate.history where kind = 'tick'"));
        for (String kind : List.of("claim", "completion", "release", "fence")) {
            numbers.put(
                    kind + "s",
                    ledger.number(
                            "select count(*) from quorate.history where kind = ?",
                            kind.equals("completion") ? "complete" : kind));
        }
        numbers.put("epochs begun", ledger.number("select count(*) from quorate.history where kind = 'register'"));
        numbers.put("epochs resumed", ledger.number("select count(*) from quorate.history where kind = 'resume'"));
        long byAgents = witnesses.meters.of("quorate_refused_writes_total");
        long refusedCompletions = answers.that("REFUSED").size();
        numbers.put(Outcome.REFUSED, byAgents + refusedCompletions + witnesses.zombies.refused());
        numbers.put("  of turns and ticks, by agents", byAgents);
        numbers.put("  of completions, by agents", refusedCompletions);
        numbers.put("  replayed by the harness", (long) witnesses.zombies.refused());
        numbers.put("refused second buildmasters", (long) witnesses.second.refused());
        numbers.put(Outcome.UNKNOWN, Meters.unknownCommits(cluster.machines()));
        numbers.put(
                "completions of unknown outcome", (long) answers.that("UNKNOWN").size());
        if (profile.mayLose()) {
            numbers.put("submissions lost with the database", (long)
                    losses.submissions().size());
            numbers.put("completions lost with the database", (long)
                    losses.completions().size());
            numbers.put("claims lost with the database", (long) losses.claims().size());
            numbers.put("  that nobody noticed", (long) losses.unnoticed().size());
            numbers.put("  counted by agents", witnesses.meters.of("quorate_lost_claims_total"));
        }
        numbers.put("builds begun", (long) effects.begun());
        numbers.put("requests begun twice", (long) effects.begunTwice());
        numbers.put("requests built twice", (long) effects.builtTwice());
        numbers.put("  at the same time", (long) effects.overlaps().size());
        return numbers;
    }

    private static List<String> notes(Cluster cluster, Failovers failovers, Effects effects, Stalls stalls) {
        List<String> notes = new ArrayList<>();
        stalls.all()
                .forEach(stall -> notes.add(String.format(
                        Locale.ROOT,
                        "the machine itself stood still for %.1f s at %s",
                        stall.seconds(),
                        stall.began())));
        failovers.fences().stream()
                .filter(fence -> fence.seconds() > LONG_FAILOVER_SECONDS)
                .forEach(fence -> notes.add("long failover: " + fence.text()));
        effects.overlaps()
                .forEach(overlap -> notes.add(String.format(
                        Locale.ROOT,
                        "buildrequest %d ran on %s and %s at the same time for %.2f s",
                        overlap.brid(),
                        overlap.one(),
                        overlap.other(),
                        overlap.seconds())));
        cluster.machines().stream()
                .filter(machine -> machine.endedByThemselves() > 0)
                .forEach(machine -> notes.add("the agent of " + machine.name() + " ended by itself "
                        + machine.endedByThemselves() + " times"));
        return notes;
    }
}
