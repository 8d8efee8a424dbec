package org.quorate.cli.frame;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.quorate.cli.connection.Target;
import org.quorate.master.Ensemble;
import org.quorate.master.Member;
import org.quorate.zookeeper.CuratorEnsemble;

/**
 * What ZooKeeper said of who seems alive, if it was asked and answered in time.
 *
 * @param asked whether a connect string was given, and it could be asked for the cluster by its name
 * @param members empty: not asked, or no answer
 * @param sessionTimeout what the servers granted
 * @param identity the cluster's uuid there; asked for only with ours in hand and where agents live, who wrote it
 * @param complaint why there was no answer; empty when there was, or when nobody wanted one
 */
public record AliveMasters(
        boolean asked,
        Optional<Map<String, Member>> members,
        Optional<Duration> sessionTimeout,
        Optional<UUID> identity,
        String complaint) {
    private static final Duration SESSION = Duration.ofSeconds(6);
    private static final AliveMasters NOT_ASKED =
            new AliveMasters(false, Optional.empty(), Optional.empty(), Optional.empty(), "");

    /** A look that runs beside the questions to the database. */
    public static CompletableFuture<AliveMasters> start(Target target, Duration patience) {
        return CompletableFuture.supplyAsync(() -> ask(target, patience));
    }

    /** Blocks for an answer, at most a little longer than patience. */
    public static AliveMasters ask(Target target, Duration patience) {
        return ask(target, patience, Optional.empty());
    }

    /**
     * The same, and compares the cluster's identity in both stores.
     *
     * @param ours the cluster's uuid in the database
     */
    public static AliveMasters ask(Target target, Duration patience, Optional<UUID> ours) {
        if (target.zookeeper().isEmpty()) {
            return NOT_ASKED;
        }
        if (target.cluster().isEmpty()) {
            return new AliveMasters(
                    false,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    "ZooKeeper was not asked, since the cluster's name is not known: give --cluster");
        }
        String connect = target.zookeeper().get();
        CompletableFuture<AliveMasters> answer = new CompletableFuture<>();
        Thread asker = new Thread(() -> read(connect, target.cluster().get(), ours, answer), "zookeeper");
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
            String connect, String cluster, Optional<UUID> ours, CompletableFuture<AliveMasters> answer) {
        try (Ensemble ensemble = CuratorEnsemble.connect(connect, cluster, SESSION)) {
            Duration granted = ensemble.sessionTimeout();
            Map<String, Member> members = ensemble.members();
            Optional<UUID> theirs = members.isEmpty() ? Optional.empty() : ours.map(ensemble::clusterUuid);
            answer.complete(new AliveMasters(true, Optional.of(members), Optional.of(granted), theirs, ""));
        } catch (RuntimeException e) {
            answer.completeExceptionally(e);
        }
    }

    private static AliveMasters silent(String complaint) {
        return new AliveMasters(true, Optional.empty(), Optional.empty(), Optional.empty(), complaint);
    }

    private static String first(Throwable e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("failed");
    }
}
