package org.quorate.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quorate.agent.authority.MasterState;
import org.quorate.agent.authority.NotNow;
import org.quorate.agent.link.HelloAnswer;
import org.quorate.agent.spool.Spool;
import org.quorate.agent.spool.SpoolReplayer;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.quorate.claim.Completion;
import org.quorate.master.Authority;
import org.quorate.testing.memory.InMemoryDatabase;
import org.quorate.testing.memory.InMemoryZooKeeper;
import org.slf4j.LoggerFactory;

/**
 * Completions during an outage of the database: on disk before anything else, and committed once, by any incarnation.
 */
class SpooledCompletionsTest {
    @TempDir
    Path state;

    private final AtomicLong nanos = new AtomicLong(1);
    private final InMemoryDatabase database = new InMemoryDatabase();
    private final InMemoryZooKeeper zooKeeper = new InMemoryZooKeeper(TestAgent.SESSION);

    private TestAgent agent() {
        return new TestAgent("m1", state, nanos, database, zooKeeper);
    }

    private Path file() {
        return state.resolve("m1").resolve(Spool.FILE);
    }

    private List<Claim> claimed(TestAgent agent, int count) {
        for (int i = 0; i < count; i++) {
            database.submit(List.of("linux"), 0, i);
        }
        agent.claims.lookAgain();
        List<Claim> claims = agent.claim("linux", count);
        assertThat(claims).hasSize(count);
        return claims;
    }

    private static CompletableFuture<Boolean> complete(TestAgent agent, Claim claim) {
        CompletableFuture<Boolean> answer = agent.inbox.complete(new Completion(claim.attempt(), claim.brid() % 5));
        agent.claims.take();
        return answer;
    }

    /** Restarts an agent as after SIGKILL: only its disk is left, and its session in ZooKeeper ends some time later. */
    private TestAgent killedAndRestarted(TestAgent agent) {
        zooKeeper.expire(agent.ensemble);
        agent.stateFile.close();
        return agent();
    }

    private void assertCompleted(Claim claim) {
        assertThat(database.resultsOf(claim.brid())).hasValue(claim.brid() % 5);
    }

    private static List<String> warnings(Runnable during) {
        Logger logger = (Logger) LoggerFactory.getLogger(SpoolReplayer.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        try {
            during.run();
        } finally {
            logger.detachAppender(log);
        }
        return log.list.stream()
                .filter(event -> event.getLevel() == Level.WARN)
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    @Test
    void while_the_database_answers_no_file_is_made() {
        TestAgent m1 = agent().in(List.of("linux"), List.of());
        Claim claim = claimed(m1, 1).get(0);

        assertThat(complete(m1, claim)).isCompletedWithValue(true);

        assertThat(file()).doesNotExist();
        assertThat(m1.spool.bytes()).isZero();
    }

    @Test
    void a_waiting_completion_is_on_disk_and_is_answered_by_the_database_alone() throws Exception {
        TestAgent m1 = agent().in(List.of("linux"), List.of());
        List<Claim> claims = claimed(m1, 3);
        database.makeUnreachable(true);

        List<CompletableFuture<Boolean>> answers =
                claims.stream().map(claim -> complete(m1, claim)).toList();

        assertThat(answers).noneMatch(CompletableFuture::isDone);
        assertThat(Files.readAllLines(file())).hasSize(3);
        assertThat(m1.claims.take().sentence()).endsWith("3 completions wait on disk");
        database.makeUnreachable(false);
        m1.claims.take();
        assertThat(answers).allSatisfy(answer -> assertThat(answer).isCompletedWithValue(true));
        claims.forEach(this::assertCompleted);
        assertThat(file()).doesNotExist();
        assertThat(m1.held.brids()).isEmpty();
    }

    @Test
    void completions_of_a_killed_agent_are_committed_by_its_successor_even_if_the_buildmaster_sends_them_too() {
        TestAgent first = agent().in(List.of("linux"), List.of());
        List<Claim> claims = claimed(first, 2);
        database.makeUnreachable(true);
        complete(first, claims.get(0));

        TestAgent second = killedAndRestarted(first);
        second.membership.take();
        assertThat(second.masterState.authority()).isEmpty();
        database.makeUnreachable(false);
        second.membership.take();
        second.claims.take();

        assertCompleted(claims.get(0));
        assertThat(file()).doesNotExist();
        HelloAnswer answer = second.hello(
                List.of("linux"),
                List.of(),
                claims.get(0).attempt(),
                claims.get(1).attempt());
        assertThat(answer.stop())
                .as("the claim of a completed buildrequest is not held any more")
                .containsExactly(claims.get(0).brid());
        assertThat(complete(second, claims.get(0))).as("sent again").isCompletedWithValue(true);
        assertThat(complete(second, claims.get(1))).isCompletedWithValue(true);
    }

    @Test
    void a_buildmaster_that_forgot_its_completion_does_not_put_the_request_back_into_the_queue() {
        TestAgent first = agent().in(List.of("linux"), List.of());
        Claim claim = claimed(first, 1).get(0);
        database.makeUnreachable(true);
        complete(first, claim);
        TestAgent second = killedAndRestarted(first);
        database.makeUnreachable(false);
        second.membership.take();

        second.hello(List.of("linux"), List.of());
        second.claims.take();

        assertCompleted(claim);
        second.claims.lookAgain();
        assertThat(second.claim("linux", 1)).isEmpty();
    }

    @Test
    void after_the_death_of_a_buildmaster_the_new_epoch_begins_only_after_its_completions_were_committed() {
        TestAgent m1 = agent().in(List.of("linux"), List.of());
        List<Claim> claims = claimed(m1, 2);
        Authority before = m1.masterState.authority().orElseThrow();
        database.makeUnreachable(true);
        CompletableFuture<Boolean> answer = complete(m1, claims.get(0));

        m1.masterState.doubt(before, "the buildmaster died");
        m1.fence.take();
        m1.claims.take();
        assertThatThrownBy(answer::join).hasCauseInstanceOf(NotNow.class);
        m1.membership.take();
        assertThat(file()).exists();
        database.makeUnreachable(false);
        m1.membership.take();

        assertThat(m1.masterState.authority().orElseThrow().epoch()).isGreaterThan(before.epoch());
        assertCompleted(claims.get(0));
        assertThat(file()).doesNotExist();
        assertThat(database.resultsOf(claims.get(1).brid()))
                .as("the claim of a build that still ran is released")
                .isEmpty();
        assertThat(database.claimed()).isZero();
    }

    @Test
    void an_agent_that_lost_its_state_file_commits_spooled_completions_before_a_new_epoch() throws Exception {
        TestAgent first = agent().in(List.of("linux"), List.of());
        Claim claim = claimed(first, 1).get(0);
        database.makeUnreachable(true);
        complete(first, claim);
        Files.delete(state.resolve("m1/agent.json"));

        TestAgent second = killedAndRestarted(first);
        database.makeUnreachable(false);
        second.membership.take();

        assertCompleted(claim);
        assertThat(file()).doesNotExist();
    }

    /** The second restart resumes under a third incarnation, while the lines on disk name the first. */
    @Test
    void spooled_completions_survive_any_number_of_kills() {
        TestAgent agent = agent().in(List.of("linux"), List.of());
        List<Claim> claims = claimed(agent, 4);
        for (Claim claim : claims) {
            database.makeUnreachable(true);
            complete(agent, claim);
            TestAgent next = killedAndRestarted(agent);
            database.makeUnreachable(false);
            next.membership.take();
            agent = killedAndRestarted(next);
            agent.membership.take();
            assertThat(agent.spool.count()).isPositive();
            agent.claims.take();
            agent.hello(
                    List.of("linux"),
                    List.of(),
                    claims.stream().map(held -> held.attempt()).toArray(Attempt[]::new));
        }

        claims.forEach(this::assertCompleted);
    }

    @Test
    void completions_of_an_epoch_that_another_master_ended_are_refused_logged_and_removed() {
        TestAgent first = agent().in(List.of("linux"), List.of());
        List<Claim> claims = claimed(first, 2);
        database.makeUnreachable(true);
        claims.forEach(claim -> complete(first, claim));
        TestAgent second = killedAndRestarted(first);
        database.makeUnreachable(false);
        failedOver("m1");

        List<String> warnings = warnings(second.membership::take);

        assertThat(warnings)
                .singleElement()
                .asString()
                .startsWith("refused the completions of buildrequests ["
                        + claims.get(0).brid() + ", " + claims.get(1).brid() + "]");
        assertThat(file()).doesNotExist();
        assertThat(second.spool.isEmpty()).isTrue();
        claims.forEach(claim -> assertThat(database.resultsOf(claim.brid())).isEmpty());
        assertThat(second.masterState.authority()).isPresent();
    }

    @Test
    void an_agent_that_was_fenced_in_the_outage_notices_it_and_refuses_the_completion() {
        TestAgent m1 = agent().in(List.of("linux"), List.of());
        Claim claim = claimed(m1, 1).get(0);
        database.makeUnreachable(true);
        CompletableFuture<Boolean> answer = complete(m1, claim);
        database.makeUnreachable(false);
        failedOver("m1");

        List<String> warnings = warnings(m1.claims::take);

        assertThat(warnings).singleElement().asString().contains("[" + claim.brid() + "]");
        assertThat(answer).isCompletedWithValue(false);
        assertThat(m1.masterState.current().phase()).isEqualTo(MasterState.Phase.FENCED);
        assertThat(file()).doesNotExist();
        assertThat(database.resultsOf(claim.brid())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_completion_of_unknown_outcome_stays_on_disk_until_the_outcome_is_known(boolean committed) {
        TestAgent m1 = agent().in(List.of("linux"), List.of());
        Claim claim = claimed(m1, 1).get(0);
        database.loseNextAnswer(committed);
        CompletableFuture<Boolean> answer = complete(m1, claim);
        assertThat(answer).isNotDone();
        assertThat(file()).exists();

        database.loseNextAnswer(committed);
        m1.claims.take();
        assertThat(answer).isNotDone();
        assertThat(file()).exists();

        TestAgent second = killedAndRestarted(m1);
        second.membership.take();
        second.claims.take();
        assertCompleted(claim);
        assertThat(file()).doesNotExist();
    }

    @Test
    void more_completions_than_fit_a_turn_are_committed_in_several_turns() {
        TestAgent m1 = agent().in(List.of("linux"), List.of());
        List<Claim> claims = new ArrayList<>(claimed(m1, 400));
        claims.addAll(claimed(m1, 1));
        database.makeUnreachable(true);
        List<CompletableFuture<Boolean>> answers =
                claims.stream().map(claim -> complete(m1, claim)).toList();
        assertThat(m1.spool.count()).isEqualTo(401);

        database.makeUnreachable(false);
        m1.claims.take();

        assertThat(answers).allSatisfy(answer -> assertThat(answer).isCompletedWithValue(true));
        claims.forEach(this::assertCompleted);
        assertThat(file()).doesNotExist();
    }

    @Test
    void completions_that_cannot_be_written_to_disk_wait_in_memory() throws Exception {
        TestAgent m1 = agent().in(List.of("linux"), List.of());
        List<Claim> claims = claimed(m1, 2);
        Files.createDirectory(file());
        database.makeUnreachable(true);
        CompletableFuture<Boolean> answer = complete(m1, claims.get(0));
        assertThat(m1.spool.isEmpty()).isTrue();
        assertThat(m1.claims.completionsInMemory()).as("the metric counts it").isOne();
        assertThat(answer).isNotDone();

        database.makeUnreachable(false);
        m1.claims.take();

        assertThat(answer).isCompletedWithValue(true);
        assertThat(m1.claims.completionsInMemory()).isZero();
    }

    @Test
    void claiming_goes_on_when_an_outage_ended_in_which_nothing_completed() {
        TestAgent m1 = agent().in(List.of("linux"), List.of());
        database.makeUnreachable(true);
        assertThat(m1.claim("linux", 1)).isEmpty();
        database.makeUnreachable(false);

        claimed(m1, 1);
    }

    @Test
    void both_stores_away_for_longer_than_the_trust_end_the_builds_and_keep_what_was_completed_before() {
        TestAgent m1 = agent().in(List.of("linux"), List.of());
        List<Claim> claims = claimed(m1, 2);
        Authority before = m1.masterState.authority().orElseThrow();
        zooKeeper.cutOff(m1.ensemble);
        database.makeUnreachable(true);
        complete(m1, claims.get(0));
        m1.pass(Duration.ofMillis(4_001));
        m1.fence.take();
        assertThat(m1.kills).isOne();

        zooKeeper.reconnect(m1.ensemble);
        database.makeUnreachable(false);
        m1.membership.take();

        assertThat(m1.masterState.authority().orElseThrow().epoch()).isGreaterThan(before.epoch());
        assertCompleted(claims.get(0));
        assertThat(database.resultsOf(claims.get(1).brid())).isEmpty();
    }

    private void failedOver(String victim) {
        TestAgent other = new TestAgent("m2", state, nanos, database, zooKeeper).in(List.of("linux"), List.of());
        Authority leader = other.masterState.authority().orElseThrow();
        long leaderEpoch = database.masters().lead(leader, 1);
        database.masters().list().stream()
                .filter(row -> row.name().equals(victim))
                .forEach(row ->
                        database.masters().failOver(leader, leaderEpoch, row.masterid(), row.epoch(), 1, "test"));
    }
}
