package org.quorate.agent.shell;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.quorate.agent.supervision.MarkedProcesses;
import org.quorate.claim.Claim;

/**
 * The running builds. Starts a build only while the lease is good, and none at all after {@link #fence}. A start and a
 * fence exclude each other, so that no build can start during a fence. Thread-safe.
 */
final class Builds {
    private static final String LIFE = "QUORATE_BUILDMASTER";

    private final Lease lease;
    private final Build.Site site;
    private final EffectLog effects;
    private final String life;
    private final Map<Integer, Build> running = new ConcurrentHashMap<>();
    private boolean fenced;

    /** {@code life} distinguishes the builds of this process from those of another one. */
    Builds(Lease lease, Build.Site site, EffectLog effects, UUID life) {
        this.lease = lease;
        this.site = site;
        this.effects = effects;
        this.life = life.toString();
    }

    /**
     * Starts a build. Empty: not started, since the lease ended. Throws IOException with a reason if the command cannot
     * be started.
     */
    synchronized Optional<Build> start(Claim claim, ShellBuilder builder, long epoch) throws IOException {
        if (fenced || !lease.isGood()) {
            return Optional.empty();
        }
        Build build = Build.start(claim, builder, epoch, Map.of(LIFE, life), site);
        running.put(claim.brid(), build);
        effects.started(claim);
        return Optional.of(build);
    }

    /** Records that a build ended by itself or was killed; empty results: it is not reported. */
    void ended(Build build, OptionalInt results, String why) {
        if (running.remove(build.claim().brid(), build)) {
            effects.ended(build.claim(), results, why);
        }
    }

    Optional<Build> of(int brid) {
        return Optional.ofNullable(running.get(brid));
    }

    List<Build> all() {
        return List.copyOf(running.values());
    }

    int count() {
        return running.size();
    }

    int countOf(String builder) {
        return (int) running.values().stream()
                .filter(build -> build.claim().builder().equals(builder))
                .count();
    }

    /** Kills all builds at once and allows no further start; returns when they are gone. */
    synchronized void fence() {
        if (fenced) {
            return;
        }
        fenced = true;
        List<Build> killed = new ArrayList<>(running.values());
        killed.forEach(build -> build.kill(Build.Verdict.FENCED));
        new MarkedProcesses(Set.of(LIFE + "=" + life)).kill(Duration.ofSeconds(10));
        killed.forEach(build -> ended(build, OptionalInt.empty(), "fenced"));
    }
}
