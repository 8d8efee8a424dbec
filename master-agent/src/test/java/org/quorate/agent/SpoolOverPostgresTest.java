package org.quorate.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.codahale.metrics.MetricRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.agent.authority.Admission;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.claiming.ClaimStep;
import org.quorate.agent.claiming.Handshake;
import org.quorate.agent.claiming.HeldClaims;
import org.quorate.agent.inbox.AttachedBuildmaster;
import org.quorate.agent.inbox.BuildmasterInbox;
import org.quorate.agent.link.FreeSlots;
import org.quorate.agent.link.Hello;
import org.quorate.agent.membership.Life;
import org.quorate.agent.membership.MembershipStep;
import org.quorate.agent.membership.StateFile;
import org.quorate.agent.metrics.Metrics;
import org.quorate.agent.spool.PendingCompletions;
import org.quorate.agent.spool.Spool;
import org.quorate.agent.spool.SpoolReplayer;
import org.quorate.agent.supervision.ProcessIdentity;
import org.quorate.agent.testing.RecordingLink;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.quorate.claim.Completion;
import org.quorate.master.Authority;
import org.quorate.master.Timing;
import org.quorate.postgres.DatabaseSettings;
import org.quorate.postgres.PostgresClaims;
import org.quorate.postgres.PostgresDatabase;
import org.quorate.postgres.PostgresEvents;
import org.quorate.postgres.PostgresMasters;
import org.quorate.postgres.PostgresSchedulers;
import org.quorate.testing.PostgresFixture;
import org.quorate.testing.memory.InMemoryEnsemble;
import org.quorate.testing.memory.InMemoryZooKeeper;

/** The claim loop and the membership of an agent over a real PostgreSQL that stops in the middle of the work. */
class SpoolOverPostgresTest {
    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.ownServer();

    private static final Duration SOON = Duration.ofMinutes(5);
    private static final Life ENDED = new Life(Life.current().place(), new ProcessIdentity(Integer.MAX_VALUE, 1));

    @TempDir
    Path state;

    private final InMemoryZooKeeper zooKeeper = new InMemoryZooKeeper(Duration.ofMinutes(10));
    private final List<PostgresDatabase> pools = new ArrayList<>();
    /** A builder for each test, made by the first hello, since all tests share one database. */
    private final String builder = "linux-" + UUID.randomUUID();

    @AfterEach
    void close() {
        pools.forEach(PostgresDatabase::close);
    }

    /** One process of the agent of m1. */
    private final class OneLife {
        final InMemoryEnsemble ensemble = zooKeeper.connect();
        final MasterStateHolder masterState = new MasterStateHolder(System::nanoTime);
        final AttachedBuildmaster attached = new AttachedBuildmaster();
        final BuildmasterInbox inbox = new BuildmasterInbox(attached);
        final HeldClaims held = new HeldClaims();
        final PostgresMasters masters;
        final PostgresClaims ports;
        final StateFile stateFile = StateFile.open(state, ENDED);
        final Spool spool = Spool.open(state);
        final ClaimStep claims;
        final MembershipStep membership;

        OneLife() {
            PostgresDatabase pool = PostgresDatabase.open(
                    new DatabaseSettings(
                            POSTGRES.url(),
                            POSTGRES.user(),
                            POSTGRES.password(),
                            2,
                            Duration.ofSeconds(4),
                            Duration.ofSeconds(10)),
                    "spool-test");
            pools.add(pool);
            masters = new PostgresMasters(pool);
            ports = new PostgresClaims(pool);
            Metrics metrics = new Metrics(new MetricRegistry());
            Handshake handshake = new Handshake(
                    masters, new PostgresSchedulers(pool), ports, new PostgresEvents(pool), held, inbox, attached);
            SpoolReplayer replayer = new SpoolReplayer(spool, ports, System::nanoTime, metrics);
            claims = new ClaimStep(
                    new ClaimStep.Parts(
                            ports, handshake, held, inbox, attached, new PendingCompletions(spool, replayer), 100),
                    masterState,
                    System::nanoTime,
                    UUID::randomUUID,
                    Duration.ofSeconds(10),
                    metrics);
            membership = new MembershipStep(
                    new MembershipStep.Self("m1", UUID.randomUUID(), "host", 0, "0", true),
                    new MembershipStep.Cluster(
                            ensemble,
                            masters,
                            new Admission(
                                    "test",
                                    ensemble,
                                    asked -> Optional.empty(),
                                    Optional::empty,
                                    timing(),
                                    granted -> timing(),
                                    () -> true)),
                    new MembershipStep.Disk(stateFile, spool, replayer),
                    masterState,
                    attached,
                    System::nanoTime,
                    metrics);
        }

        private Timing timing() {
            return Timing.of(
                    Duration.ofMinutes(10), Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(30));
        }

        OneLife in(Attempt... running) {
            register();
            CompletableFuture<?> answer = inbox.hello(
                    new Hello("m1", "0", 8, List.of(new Hello.Builder(builder, 8)), List.of(), List.of(running)),
                    new RecordingLink());
            await().atMost(SOON).until(() -> {
                claims.take();
                return answer.isDone();
            });
            assertThat(answer).isCompleted();
            return this;
        }

        /** Repeats the step, since a session from before the outage may have to fail first. */
        void register() {
            await().atMost(SOON).until(() -> {
                membership.take();
                return masterState.authority().isPresent();
            });
        }

        List<Claim> claim(int count) {
            POSTGRES.database()
                    .text("select count(*) from quorate_v1.submit('%s', count => %d)".formatted(builder, count));
            claims.lookAgain();
            CompletableFuture<List<Claim>> answer = inbox.claim(new FreeSlots(Map.of(builder, count), count));
            claims.take();
            assertThat(answer.join()).hasSize(count);
            return answer.join();
        }

        CompletableFuture<Boolean> complete(Claim claim) {
            CompletableFuture<Boolean> answer = inbox.complete(new Completion(claim.attempt(), 2));
            claims.take();
            return answer;
        }

        OneLife killedAndRestarted() {
            stateFile.close();
            zooKeeper.expire(ensemble);
            return new OneLife();
        }

        Authority authority() {
            return masterState.authority().orElseThrow();
        }
    }

    private void assertCompletedOnce(List<Claim> claims) {
        for (Claim claim : claims) {
            assertThat(POSTGRES.database()
                            .number("select count(*) from quorate.history where kind = 'complete' and brid = "
                                    + claim.brid() + " and attempt = '"
                                    + claim.attempt().token() + "'"))
                    .isOne();
            assertThat(POSTGRES.database().text("select results from buildrequests where id = " + claim.brid()))
                    .isEqualTo("2");
        }
        assertThat(POSTGRES.database().violations()).isEmpty();
    }

    @Test
    void completions_of_an_outage_are_committed_in_order_of_arrival() {
        OneLife m1 = new OneLife().in();
        List<Claim> claims = m1.claim(3);
        List<Claim> completed = List.of(claims.get(2), claims.get(0), claims.get(1));

        POSTGRES.server().stop();
        List<CompletableFuture<Boolean>> answers =
                completed.stream().map(m1::complete).toList();
        assertThat(answers).noneMatch(CompletableFuture::isDone);
        assertThat(m1.spool.first(10))
                .extracting(entry -> entry.completion().brid())
                .containsExactly(
                        completed.get(0).brid(),
                        completed.get(1).brid(),
                        completed.get(2).brid());
        POSTGRES.server().restart();
        awaitEmptySpool(m1);

        assertThat(answers).allSatisfy(answer -> assertThat(answer).isCompletedWithValue(true));
        assertThat(state.resolve(Spool.FILE)).doesNotExist();
        assertCompletedOnce(claims);
    }

    @Test
    void completions_of_an_agent_killed_in_an_outage_are_committed_once_by_its_successor() throws Exception {
        OneLife first = new OneLife().in();
        List<Claim> claims = first.claim(2);
        POSTGRES.server().kill();
        first.complete(claims.get(0));
        byte[] lines = Files.readAllBytes(state.resolve(Spool.FILE));

        OneLife second = first.killedAndRestarted();
        POSTGRES.server().restart();
        second.in(claims.get(0).attempt(), claims.get(1).attempt());

        assertThat(second.authority().epoch())
                .isEqualTo(POSTGRES.database().number("select epoch from quorate.master where name = 'm1'"));
        assertCompletedOnce(claims.subList(0, 1));
        assertThat(second.complete(claims.get(1))).isCompletedWithValue(true);

        // the machine lost power between the commit and the removal of the file
        second.spool.close();
        Files.write(state.resolve(Spool.FILE), lines);
        OneLife third = second.killedAndRestarted();
        assertThat(third.spool.count()).isOne();
        third.in();
        assertThat(third.spool.isEmpty()).isTrue();
        assertCompletedOnce(claims);
    }

    @Test
    void completions_of_a_master_that_was_failed_over_meanwhile_are_refused() {
        OneLife first = new OneLife().in();
        List<Claim> claims = first.claim(1);
        POSTGRES.server().stop();
        first.complete(claims.get(0));
        OneLife second = first.killedAndRestarted();
        POSTGRES.server().restart();
        failOver(second, "m1");

        second.in();

        assertThat(second.spool.isEmpty()).isTrue();
        assertThat(POSTGRES.database()
                        .number("select count(*) from quorate.history where kind = 'complete' and brid = "
                                + claims.get(0).brid()))
                .isZero();
        assertThat(POSTGRES.database()
                        .number("select complete from buildrequests where id = "
                                + claims.get(0).brid()))
                .isZero();
        assertThat(POSTGRES.database().violations()).isEmpty();
    }

    @Test
    void builds_that_had_ended_survive_a_buildmaster_that_died_in_the_outage() {
        OneLife m1 = new OneLife().in();
        List<Claim> claims = m1.claim(2);
        Authority before = m1.authority();
        POSTGRES.server().stop();
        m1.complete(claims.get(0));
        m1.masterState.doubt(before, "the buildmaster died");
        m1.masterState.change(state -> state.unregistered("the buildmaster died"));

        POSTGRES.server().restart();
        m1.register();

        assertThat(m1.authority().epoch()).isGreaterThan(before.epoch());
        assertCompletedOnce(claims.subList(0, 1));
        assertThat(POSTGRES.database()
                        .number("select complete from buildrequests where id = "
                                + claims.get(1).brid()))
                .as("it was still running, and will run again")
                .isZero();
    }

    private static void awaitEmptySpool(OneLife agent) {
        await().atMost(SOON).until(() -> {
            agent.claims.take();
            return agent.spool.isEmpty();
        });
    }

    /** Fails a master over by another master, which leads. */
    private static void failOver(OneLife through, String victim) {
        Authority leader = through.masters
                .register("m2", UUID.randomUUID(), System.nanoTime())
                .authority();
        long leaderEpoch = through.masters.lead(leader, System.nanoTime());
        through.masters.list().stream()
                .filter(row -> row.name().equals(victim))
                .forEach(row -> through.masters.failOver(
                        leader, leaderEpoch, row.masterid(), row.epoch(), System.nanoTime(), "test"));
    }
}
