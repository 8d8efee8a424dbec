package org.quorate.cli.frame;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.quorate.cli.connection.Target;
import org.quorate.identity.Pairing;
import org.quorate.master.Ensemble;
import org.quorate.master.Member;
import org.quorate.zookeeper.CuratorEnsemble;

/**
 * The masters that seem alive to ZooKeeper, if ZooKeeper was asked and answered in time.
 *
 * @param asked whether ZooKeeper was asked, which takes a connect string and the cluster's name
 * @param members by name; empty: ZooKeeper was not asked, or did not answer
 * @param sessionTimeout the one that the servers granted
 * @param pairing what ZooKeeper records of the two stores, if the caller asked for it; agents write it when they first
 *     join
 * @param strangers nodes in the leader election that belong to no session
 * @param complaint why there was no answer; empty if there was one, or if none was wanted
 */
public record AliveMasters(
        boolean asked,
        Optional<Map<String, Member>> members,
        Optional<Duration> sessionTimeout,
        Optional<Pairing> pairing,
        List<String> strangers,
        String complaint) {
    /** The session timeout that a command asks for. */
    public static final Duration SESSION = Duration.ofSeconds(6);

    private static final AliveMasters NOT_ASKED =
            new AliveMasters(false, Optional.empty(), Optional.empty(), Optional.empty(), List.of(), "");

    /** Asks in another thread, while the caller queries the database. */
    public static CompletableFuture<AliveMasters> start(Target target, Duration patience) {
        return CompletableFuture.supplyAsync(() -> ask(target, patience));
    }

    /** Blocks until the answer, for at most a little longer than {@code patience}. */
    public static AliveMasters ask(Target target, Duration patience) {
        return ask(target, patience, ensemble -> Optional.empty());
    }

    /** Asks as {@link #ask} does, and also for what ZooKeeper records of the two stores. */
    public static AliveMasters askWithPairing(Target target, Duration patience) {
        return ask(target, patience, Ensemble::pairing);
    }

    private static AliveMasters ask(Target target, Duration patience, Function<Ensemble, Optional<Pairing>> pairing) {
        if (target.zookeeper().isEmpty()) {
            return NOT_ASKED;
        }
        if (target.cluster().isEmpty()) {
            return new AliveMasters(
                    false,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    "ZooKeeper was not asked, since the name of the cluster is not known: give --cluster");
        }
        String connect = target.zookeeper().get();
        CompletableFuture<AliveMasters> answer = new CompletableFuture<>();
        Thread asker = new Thread(() -> read(connect, target.cluster().get(), pairing, answer), "zookeeper");
        asker.setDaemon(true);
        asker.start();
        try {
            return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return silent("ZooKeeper at " + connect + " did not answer within " + patience.toMillis() + " ms");
        } catch (ExecutionException e) {
            return silent("ZooKeeper at " + connect + ": " + first(e.getCause() == null ? e : e.getCause()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return silent("interrupted");
        }
    }

    private static void read(
            String connect,
            String cluster,
            Function<Ensemble, Optional<Pairing>> pairing,
            CompletableFuture<AliveMasters> answer) {
        try (CuratorEnsemble ensemble = CuratorEnsemble.connect(connect, cluster, SESSION)) {
            Duration granted = ensemble.sessionTimeout();
            Map<String, Member> members = ensemble.members();
            answer.complete(new AliveMasters(
                    true,
                    Optional.of(members),
                    Optional.of(granted),
                    pairing.apply(ensemble),
                    ensemble.strangersInTheElection(),
                    ""));
        } catch (RuntimeException e) {
            answer.completeExceptionally(e);
        }
    }

    private static AliveMasters silent(String complaint) {
        return new AliveMasters(true, Optional.empty(), Optional.empty(), Optional.empty(), List.of(), complaint);
    }

    private static String first(Throwable e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("failed");
    }
}
