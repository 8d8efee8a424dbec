package org.quorate.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.agent.authority.MasterState;
import org.quorate.master.ZooKeeperUnreachable;
import org.quorate.testing.memory.InMemoryDatabase;
import org.quorate.testing.memory.InMemoryZooKeeper;

/**
 * No wait for ZooKeeper lasts longer than the trust, while the database answers. Each request to ZooKeeper takes as
 * long as it may: a quarter of the session timeout, after which the real one fails.
 */
class WaitsForZooKeeperTest {
    private static final Duration LONGEST = TestAgent.SESSION.dividedBy(4);
    private static final int REQUESTS = 12;
    private static final int STEPS = 40;
    private static final int SEEDS = 300;

    @TempDir
    private Path state;

    private final AtomicLong nanos = new AtomicLong(1);

    @Test
    void an_agent_that_resumed_its_epoch_keeps_it_whichever_request_to_ZooKeeper_is_the_first_without_an_answer() {
        for (boolean slow : new boolean[] {false, true}) {
            for (int answered = 0; answered < REQUESTS; answered++) {
                int limit = answered;
                TestAgent agent = resumed("m" + slow + answered);
                AtomicInteger asked = new AtomicInteger();
                agent.ensemble.beforeEachRequest(() -> {
                    if (asked.getAndIncrement() < limit) {
                        pass(agent, slow ? LONGEST.minusMillis(1) : Duration.ZERO);
                    } else {
                        pass(agent, LONGEST);
                        throw new ZooKeeperUnreachable("the test gives no answer");
                    }
                });

                live(agent);
            }
        }
    }

    @Test
    void an_agent_keeps_its_epoch_however_slowly_and_rarely_ZooKeeper_answers() {
        for (int seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            TestAgent agent = resumed("m" + seed);
            agent.ensemble.beforeEachRequest(() -> {
                boolean answers = random.nextInt(4) > 0;
                pass(agent, answers ? LONGEST.multipliedBy(random.nextInt(100)).dividedBy(100) : LONGEST);
                if (!answers) {
                    throw new ZooKeeperUnreachable("the test gives no answer");
                }
            });

            live(agent);
        }
    }

    private TestAgent resumed(String name) {
        InMemoryDatabase database = new InMemoryDatabase();
        InMemoryZooKeeper zooKeeper = new InMemoryZooKeeper(TestAgent.SESSION);
        TestAgent first = new TestAgent(name, state, nanos, database, zooKeeper).in(List.of("linux"), List.of());
        first.stateFile.close();
        return new TestAgent(name, state, nanos, database, zooKeeper);
    }

    /** Takes the steps of the membership as its loop does; a buildmaster attaches on the way. */
    private void live(TestAgent agent) {
        for (int step = 0; step < STEPS; step++) {
            pass(agent, agent.membership.take().next());
            if (step == 2) {
                agent.helloOfBuildbot(Map.of());
            }
        }
        assertThat(agent.masterState.authority()).isPresent();
    }

    private void pass(TestAgent agent, Duration span) {
        nanos.addAndGet(span.toNanos());
        MasterState now = agent.masterState.current();
        if (now.phase() == MasterState.Phase.ACTIVE) {
            assertThat(now.isTrustedAt(nanos.get()))
                    .as("the trust of %s", agent.name)
                    .isTrue();
        }
    }
}
