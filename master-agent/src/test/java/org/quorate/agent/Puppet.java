package org.quorate.agent;

import com.codahale.metrics.MetricRegistry;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.quorate.agent.authority.Admission;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.housekeeping.HousekeepingStep;
import org.quorate.agent.metrics.Metrics;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.quorate.claim.Completion;
import org.quorate.claim.LowWaterMark;
import org.quorate.claim.Turn;
import org.quorate.claim.Wanted;
import org.quorate.master.Authority;
import org.quorate.master.Failovers;
import org.quorate.master.Member;
import org.quorate.master.Timing;
import org.quorate.master.Trust;
import org.quorate.postgres.DatabaseSettings;
import org.quorate.postgres.PostgresClaims;
import org.quorate.postgres.PostgresDatabase;
import org.quorate.postgres.PostgresMasters;
import org.quorate.postgres.PostgresSchedulers;
import org.quorate.scheduler.Ownership;
import org.quorate.scheduler.Tick;
import org.quorate.zookeeper.CuratorEnsemble;

/**
 * A master in its own process that executes a test's commands line by line, over the real stores, so that failpoints
 * can pause and kill it. It answers each line with one line that begins with {@code =}; {@code go} ends a pause.
 */
final class Puppet {
    private static final Timing TIMING =
            Timing.of(Duration.ofSeconds(6), Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(4));

    private final PostgresDatabase database;
    private final Supplier<CuratorEnsemble> connecting;
    private CuratorEnsemble connected;
    private final String name;
    private final AtomicLong nanos = new AtomicLong(1);
    private final MasterStateHolder masterState = new MasterStateHolder(nanos::get);
    private Authority authority = new Authority(0, 0, new UUID(0, 0));
    private HousekeepingStep housekeeping;

    private Puppet(String url, String user, String password, String name, String zooKeeper, String cluster) {
        this.name = name;
        database = PostgresDatabase.open(
                new DatabaseSettings(url, user, password, 2, Duration.ofSeconds(100), Duration.ofSeconds(110)),
                PostgresMasters.applicationName(name));
        connecting = () -> CuratorEnsemble.connect(zooKeeper, cluster, Duration.ofSeconds(60));
    }

    public static void main(String[] args) throws IOException {
        Puppet puppet = new Puppet(args[0], args[1], args[2], args[3], args[4], args[5]);
        AtomicReference<Thread> moving = new AtomicReference<>();
        ExecutorService hand = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "puppet");
            moving.set(thread);
            return thread;
        });
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String command = line;
                if (command.equals("go")) {
                    moving.get().interrupt();
                } else {
                    hand.execute(() -> System.out.println("=" + puppet.answer(command)));
                }
            }
        }
        // the test that controlled it is gone
        Runtime.getRuntime().halt(0);
    }

    private CuratorEnsemble ensemble() {
        if (connected == null) {
            connected = connecting.get();
        }
        return connected;
    }

    private String answer(String line) {
        try {
            return moved(line.split(" "));
        } catch (RuntimeException e) {
            return e.getClass().getSimpleName() + ": " + e.getMessage();
        }
    }

    private String moved(String[] words) {
        return switch (words[0]) {
            case "as" -> {
                authority =
                        new Authority(Integer.parseInt(words[1]), Long.parseLong(words[2]), UUID.fromString(words[3]));
                yield "";
            }
            case "claim" -> claim(Integer.parseInt(words[1]), Integer.parseInt(words[2]), UUID.fromString(words[3]));
            case "complete" ->
                new PostgresClaims(database)
                        .take(
                                authority,
                                new Turn(
                                        UUID.randomUUID(),
                                        List.of(new Completion(
                                                new Attempt(Integer.parseInt(words[1]), UUID.fromString(words[2])), 0)),
                                        List.of(),
                                        List.of(),
                                        0))
                        .completed()
                        .toString();
            case "register" ->
                Long.toString(new PostgresMasters(database)
                        .register(name, UUID.randomUUID(), Long.parseLong(words[1]))
                        .authority()
                        .epoch());
            case "resume" ->
                new PostgresMasters(database)
                        .resume(name, UUID.randomUUID(), Long.parseLong(words[1]))
                        .map(resumed -> "resumed")
                        .orElse("over");
            case "own" ->
                new PostgresSchedulers(database)
                        .own(authority, words[1], 0)
                        .map(Ownership::term)
                        .map(String::valueOf)
                        .orElse("none");
            case "tick" ->
                new PostgresSchedulers(database)
                        .tick(
                                authority,
                                new Tick(
                                        words[1],
                                        Long.parseLong(words[2]),
                                        "at 1",
                                        1,
                                        List.of("linux"),
                                        0,
                                        "test",
                                        "{}"))
                        .state()
                        .name();
            case "failover" -> failOver(words).result().name();
            case "join" ->
                ensemble()
                        .join(member(), Optional.empty())
                        .map(holder -> "kept out by " + holder.host())
                        .orElse("joined");
            case "heartbeat" -> String.valueOf(ensemble().heartbeat());
            case "lead" -> lead();
            case "step" -> housekeeping.take().sentence();
            case "look" -> look();
            default -> throw new IllegalArgumentException(words[0]);
        };
    }

    private String claim(int builderid, int slots, UUID attempt) {
        Turn turn = new Turn(
                attempt, List.of(), List.of(), List.of(new Wanted(builderid, slots, LowWaterMark.LOWEST)), slots);
        return new PostgresClaims(database)
                .take(authority, turn).claimed().stream()
                        .sorted(Comparator.comparing(Claim::brid))
                        .map(Claim::brid)
                        .toList()
                        .toString();
    }

    private Failovers.FailOver failOver(String[] words) {
        return new PostgresMasters(database)
                .failOver(
                        authority,
                        Long.parseLong(words[1]),
                        Integer.parseInt(words[2]),
                        Long.parseLong(words[3]),
                        Long.parseLong(words[4]),
                        "a test");
    }

    private Member member() {
        return new Member(name, authority.incarnation(), authority.epoch(), "puppet", 1, List.of(), "0");
    }

    /** Joins, trusts itself as long as its clock stands still, and enters the election. */
    private String lead() {
        ensemble().join(member(), Optional.empty());
        Authority registered = authority;
        masterState.change(
                state -> state.active(registered, false, Trust.none().acknowledged(nanos.get(), Duration.ofDays(1))));
        Admission admission = new Admission(
                "test",
                ensemble(),
                cluster -> Optional.empty(),
                Optional::empty,
                TIMING,
                session -> TIMING,
                () -> true);
        housekeeping = new HousekeepingStep(
                name,
                new HousekeepingStep.Cluster(
                        ensemble()::members, ensemble(), ensemble(), new PostgresMasters(database), admission),
                masterState,
                nanos::get,
                Duration.ofSeconds(10),
                Duration.ofDays(30),
                () -> {},
                new Metrics(new MetricRegistry()));
        return housekeeping.take().sentence();
    }

    /** Takes one look, a second and a half after the last one. */
    private String look() {
        nanos.addAndGet(Duration.ofMillis(1_500).toNanos());
        return housekeeping.take().sentence();
    }
}
