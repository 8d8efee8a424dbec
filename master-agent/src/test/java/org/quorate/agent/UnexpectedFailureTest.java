package org.quorate.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.codahale.metrics.MetricRegistry;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.agent.authority.NotNow;
import org.quorate.agent.link.FreeSlots;
import org.quorate.agent.metrics.Metrics;
import org.quorate.agent.ownership.TickStep;
import org.quorate.claim.Claim;
import org.quorate.claim.Claims;
import org.quorate.scheduler.Schedulers;
import org.quorate.scheduler.Tick;
import org.quorate.testing.memory.InMemoryDatabase;
import org.quorate.testing.memory.InMemoryZooKeeper;

/** Failures that no step expects, such as a statement that ran into its timeout, or the failpoints' {@code throw}. */
class UnexpectedFailureTest {
    @TempDir
    Path state;

    private final AtomicLong nanos = new AtomicLong(1);
    private final InMemoryDatabase database = new InMemoryDatabase();
    private boolean failing;

    private TestAgent agent() {
        return new TestAgent(
                "m1",
                state,
                nanos,
                database,
                new InMemoryZooKeeper(TestAgent.SESSION),
                failingAfter(Claims.class, "take", database.claims()),
                database.events());
    }

    /** Returns a port that does what it is asked for, and then fails. */
    private <T> T failingAfter(Class<T> port, String what, T real) {
        return port.cast(Proxy.newProxyInstance(port.getClassLoader(), new Class<?>[] {port}, (p, method, args) -> {
            try {
                Object result = method.invoke(real, args);
                if (failing && method.getName().equals(what)) {
                    throw new IllegalStateException("the test");
                }
                return result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }));
    }

    @Test
    void claims_whose_answer_was_lost_by_a_failure_are_released() {
        TestAgent m1 = agent().in(List.of("linux"), List.of());
        database.submit(List.of("linux"), 0, 1);
        database.submit(List.of("linux"), 0, 2);
        m1.claims.lookAgain();
        failing = true;
        CompletableFuture<List<Claim>> answer = m1.inbox.claim(new FreeSlots(Map.of("linux", 1), 1));
        assertThatThrownBy(m1.claims::take).hasMessage("the test");
        assertThat(database.claimed()).isOne();
        failing = false;

        m1.claims.lookAgain();
        m1.claims.take();
        m1.claims.take();

        assertThat(answer.join()).as("its token belongs to one turn only").isEmpty();
        m1.claims.lookAgain();
        List<Claim> claimed = m1.claim("linux", 1);
        assertThat(claimed).hasSize(1);
        assertThat(database.claims().held(m1.masterState.authority().orElseThrow()))
                .as("every claim is known to the agent")
                .extracting(Claim::attempt)
                .containsExactly(claimed.get(0).attempt());
    }

    @Test
    void a_tick_that_fails_is_answered_so_that_it_is_sent_again() {
        TestAgent m1 = agent().in(List.of("linux"), List.of("nightly"));
        m1.ownership.take();
        TickStep ticks = new TickStep(
                failingAfter(Schedulers.class, "tick", database.schedulers()),
                m1.masterState,
                m1.inbox,
                new Metrics(new MetricRegistry()));
        failing = true;

        CompletableFuture<?> answer = m1.inbox.tick(new Tick(
                "nightly", m1.ownership.owned().get("nightly"), "at 1", 1, List.of("linux"), 0, "nightly", "{}"));
        assertThatThrownBy(ticks::take).hasMessage("the test");

        assertThat(answer).isCompletedExceptionally();
        assertThatThrownBy(answer::join).hasCauseInstanceOf(NotNow.class);
    }
}
