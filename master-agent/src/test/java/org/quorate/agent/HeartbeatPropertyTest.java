package org.quorate.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.quorate.agent.authority.Admission;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.inbox.AttachedBuildmaster;
import org.quorate.agent.membership.Life;
import org.quorate.agent.membership.MembershipStep;
import org.quorate.agent.membership.StateFile;
import org.quorate.agent.metrics.Metrics;
import org.quorate.agent.spool.Spool;
import org.quorate.agent.spool.SpoolReplayer;
import org.quorate.master.Authority;
import org.quorate.master.DatabaseUnreachable;
import org.quorate.master.Ensemble;
import org.quorate.master.Masters;
import org.quorate.master.Member;
import org.quorate.master.Timing;
import org.quorate.master.Trust;
import org.quorate.master.ZooKeeperUnreachable;
import org.quorate.testing.memory.InMemoryDatabase;
import org.quorate.testing.memory.InMemoryEnsemble;
import org.quorate.testing.memory.InMemoryZooKeeper;

/**
 * The step that renews an agent's trust, over stores that answer slowly, or not at all, or that the epoch is over.
 * However slow an answer is, the trust counts from when the request was sent; the only clock is the injected one.
 */
class HeartbeatPropertyTest {
    private static final Timing TIMING =
            Timing.of(Duration.ofSeconds(6), Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(4));

    private static Path directory;
    private static StateFile stateFile;

    /**
     * The state of the stores at one heartbeat, how long each takes to answer, and how long it is until the next
     * heartbeat.
     */
    record Beat(boolean zooKeeper, boolean database, int zooKeeperMillis, int databaseMillis, int afterMillis) {}

    @BeforeContainer
    static void open() throws IOException {
        directory = Files.createTempDirectory("quorate-heartbeat");
        stateFile = StateFile.open(directory, Life.current());
    }

    @AfterContainer
    static void close() throws IOException {
        stateFile.close();
        Files.delete(directory.resolve("agent.lock"));
        Files.delete(directory);
    }

    @Provide
    Arbitrary<List<Beat>> beats() {
        Arbitrary<Integer> quickOrSlow = Arbitraries.oneOf(
                Arbitraries.integers().between(0, 200), Arbitraries.integers().between(0, 9_000));
        return Combinators.combine(
                        Arbitraries.of(true, true, false),
                        Arbitraries.of(true, true, false),
                        quickOrSlow,
                        quickOrSlow,
                        Arbitraries.integers().between(0, 2_500))
                .as(Beat::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(40);
    }

    @Property(tries = 3_000)
    void trust_ends_with_its_span_from_when_the_last_acknowledged_heartbeat_was_sent(
            @ForAll long start, @ForAll("beats") List<Beat> beats) {
        Subject agent = new Subject(start);

        for (Beat beat : beats) {
            agent.beat(beat);
            assertThat(agent.masterState.current().isTrustedAt(agent.nanos.get()))
                    .isEqualTo(agent.mayBeTrusted());
            assertThat(agent.masterState.remaining()).isLessThanOrEqualTo(TIMING.trust());
            agent.nanos.addAndGet(beat.afterMillis() * 1_000_000L);
            assertThat(agent.masterState.authority().isPresent()).isEqualTo(agent.mayBeTrusted());
        }
        agent.nanos.addAndGet(TIMING.trust().toNanos());
        assertThat(agent.masterState.authority()).isEmpty();
    }

    @Property(tries = 1_000)
    void after_its_epoch_ended_a_master_is_fenced_by_the_first_answer_of_the_database_and_never_trusted_again(
            @ForAll("beats") List<Beat> before, @ForAll("beats") List<Beat> after) {
        Subject agent = new Subject(1);
        before.forEach(agent::beat);
        agent.endTheEpoch();

        for (Beat beat : after) {
            agent.beat(new Beat(beat.zooKeeper(), true, beat.zooKeeperMillis(), beat.databaseMillis(), 0));
            assertThat(agent.masterState.authority()).isEmpty();
        }
    }

    /** A registered agent's step, and an observer that knows when each acknowledged request was sent. */
    private static final class Subject {
        private final AtomicLong nanos = new AtomicLong();
        private final InMemoryDatabase database = new InMemoryDatabase();
        private final InMemoryZooKeeper world = new InMemoryZooKeeper();
        private final InMemoryEnsemble ensemble = world.connect();
        private final MasterStateHolder masterState = new MasterStateHolder(nanos::get);
        private final MembershipStep step;
        private final Authority authority;
        private Beat now = new Beat(true, true, 0, 0, 0);
        private long trustedUntil;

        Subject(long start) {
            nanos.set(start);
            UUID incarnation = new UUID(1, 1);
            Ensemble slow = slow(Ensemble.class, ensemble, () -> {
                nanos.addAndGet(now.zooKeeperMillis() * 1_000_000L);
                if (!now.zooKeeper()) {
                    throw new ZooKeeperUnreachable("the test");
                }
            });
            Masters masters = slow(Masters.class, database.masters(), () -> {
                nanos.addAndGet(now.databaseMillis() * 1_000_000L);
                if (!now.database()) {
                    throw new DatabaseUnreachable("the test", new IOException("the test"));
                }
            });
            Admission admission = new Admission(
                    "test", slow, cluster -> Optional.empty(), Optional::empty, TIMING, session -> TIMING, () -> true);
            Metrics metrics = new Metrics(new MetricRegistry());
            Spool spool = Spool.open(directory);
            step = new MembershipStep(
                    new MembershipStep.Self("m1", incarnation, "host", 1, "0", true),
                    new MembershipStep.Cluster(slow, masters, admission),
                    new MembershipStep.Disk(
                            stateFile, spool, new SpoolReplayer(spool, database.claims(), nanos::get, metrics)),
                    masterState,
                    new AttachedBuildmaster(),
                    nanos::get,
                    metrics);
            authority = database.masters().register("m1", incarnation, 1).authority();
            ensemble.join(new Member("m1", incarnation, 1, "host", 1, List.of(), "0"), Optional.empty());
            masterState.change(
                    state -> state.active(authority, false, Trust.none().acknowledged(start, TIMING.trust())));
            trustedUntil = start + TIMING.trust().toNanos();
        }

        void beat(Beat beat) {
            now = beat;
            long sentAt = nanos.get();
            if (beat.zooKeeper()) {
                acknowledged(sentAt);
            } else if (beat.database()) {
                acknowledged(sentAt + beat.zooKeeperMillis() * 1_000_000L);
            }
            step.take();
        }

        private void acknowledged(long sentAt) {
            long until = sentAt + TIMING.trust().toNanos();
            trustedUntil = until - trustedUntil > 0 ? until : trustedUntil;
        }

        boolean mayBeTrusted() {
            return trustedUntil - nanos.get() > 0;
        }

        /** Fails this master over and ends its session. */
        void endTheEpoch() {
            Authority leader =
                    database.masters().register("m2", new UUID(2, 2), 1).authority();
            long leaderEpoch = database.masters().lead(leader, 1);
            database.masters().failOver(leader, leaderEpoch, authority.masterid(), authority.epoch(), 99, "a test");
            world.expire(ensemble);
        }

        private static <T> T slow(Class<T> port, T real, Runnable weather) {
            return port.cast(Proxy.newProxyInstance(port.getClassLoader(), new Class<?>[] {port}, (p, method, args) -> {
                if (method.getName().equals("heartbeat") || method.getName().equals("isCurrent")) {
                    weather.run();
                }
                try {
                    return method.invoke(real, args);
                } catch (InvocationTargetException e) {
                    throw e.getCause();
                } catch (IllegalAccessException e) {
                    throw new UncheckedIOException(new IOException(e));
                }
            }));
        }
    }
}
