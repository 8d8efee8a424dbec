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
 * The builds that run. Starts none unless the lease is good, and after {@link #fence} none at all: a start and a fence
 * exclude each other, so that no build slips through between them. Thread-safe.
 */
final class Builds {
    private static final String LIFE = "QUORATE_BUILDMASTER";

    private final Lease lease;
    private final Build.Site site;
    private final EffectLog effects;
    private final String life;
    private final Map<Integer, Build> running = new ConcurrentHashMap<>();
    private boolean fenced;

    /** {@code life} tells this process's builds from those of another life. */
    Builds(Lease lease, Build.Site site, EffectLog effects, UUID life) {
        this.lease = lease;
        this.site = site;
        this.effects = effects;
        this.life = life.toString();
    }

    /** Empty: not started, since the lease ended. Throws IOException with a reason when the command cannot be started. */
    synchronized Optional<Build> start(Claim claim, ShellBuilder builder, long epoch) throws IOException {
        if (fenced || !lease.isGood()) {
            return Optional.empty();
        }
        Build build = Build.start(claim, builder, epoch, Map.of(LIFE, life), site);
        running.put(claim.brid(), build);
        effects.started(claim);
        return Optional.of(build);
    }

    /** The build ended by itself or by a kill; no results when nothing is reported. */
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

    /** Kills all builds, at once, and lets none start any more; returns when they are gone. */
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
