package org.quorate.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.claim.Claim;
import org.quorate.testing.memory.InMemoryDatabase;
import org.quorate.testing.memory.InMemoryZooKeeper;

/**
 * M9: an agent that reaches no store and does not stop itself. Its writes are refused all the same, so the database
 * shows no violation. But its builds run beside those of the next holder, and this test looks for that.
 */
class SelfFenceMutantTest {
    static final String MUTANT = "M9_SELF_FENCE_OFF";

    @TempDir
    Path state;

    private final AtomicLong nanos = new AtomicLong(1);
    private final InMemoryDatabase database = new InMemoryDatabase();
    private final InMemoryZooKeeper zooKeeper = new InMemoryZooKeeper(TestAgent.SESSION);

    @Test
    void a_master_that_is_cut_off_has_stopped_its_builds_before_another_claims_them() {
        assertThat(buildsOfTheCutOffWhenAnotherClaimsThem(true)).isZero();
    }

    @Test
    void without_its_own_fence_it_still_builds_what_another_claims() {
        assertThat(buildsOfTheCutOffWhenAnotherClaimsThem(false)).isPositive();
    }

    private long buildsOfTheCutOffWhenAnotherClaimsThem(boolean selfFence) {
        TestAgent other = agent("other").in(List.of("linux"), List.of());
        TestAgent cutOff = agent("cut-off").in(List.of("linux"), List.of());
        database.submit(List.of("linux"), 0, 1);
        cutOff.claims.lookAgain();
        List<Claim> builds = cutOff.claim("linux", 1);
        assertThat(builds).hasSize(1);
        database.openSession("cut-off");
        zooKeeper.cutOff(cutOff.ensemble);

        List<Claim> again = List.of();
        for (Duration passed = Duration.ZERO;
                again.isEmpty() && passed.compareTo(Duration.ofMinutes(1)) < 0;
                passed = passed.plusMillis(100)) {
            nanos.addAndGet(Duration.ofMillis(100).toNanos());
            if (selfFence) {
                cutOff.fence.take();
            }
            if (passed.equals(TestAgent.SESSION)) {
                zooKeeper.expire(cutOff.ensemble);
            }
            other.membership.take();
            other.housekeeping.take();
            again = other.claim("linux", 1);
        }
        assertThat(again).extracting(Claim::brid).containsExactly(builds.get(0).brid());
        return cutOff.kills == 0 ? builds.size() : 0;
    }

    private TestAgent agent(String name) {
        return new TestAgent(name, state, nanos, database, zooKeeper);
    }
}
