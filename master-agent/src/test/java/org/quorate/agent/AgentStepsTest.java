package org.quorate.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quorate.agent.authority.MasterState;
import org.quorate.agent.authority.NotNow;
import org.quorate.agent.link.FreeSlots;
import org.quorate.agent.link.Hello;
import org.quorate.agent.link.HelloAnswer;
import org.quorate.agent.link.Offer;
import org.quorate.agent.loop.Step;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.quorate.claim.Completion;
import org.quorate.master.Authority;
import org.quorate.master.DatabaseUnreachable;
import org.quorate.master.MasterRow;
import org.quorate.master.Member;
import org.quorate.scheduler.Schedulers;
import org.quorate.scheduler.Tick;
import org.quorate.testing.memory.InMemoryDatabase;
import org.quorate.testing.memory.InMemoryZooKeeper;

/** The agent's steps, one by one, over both stores in memory and a clock that only the test advances. */
class AgentStepsTest {
    @TempDir
    Path state;

    private final AtomicLong nanos = new AtomicLong(1);
    private final InMemoryDatabase database = new InMemoryDatabase();
    private final InMemoryZooKeeper zooKeeper = new InMemoryZooKeeper(TestAgent.SESSION);

    private TestAgent agent(String name) {
        return new TestAgent(name, state, nanos, database, zooKeeper);
    }

    @Test
    void an_agent_registers_and_claims_for_its_buildmaster() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        List<Integer> submitted = database.submit(List.of("linux"), 0, 1);

        m1.claims.lookAgain();
        List<Claim> claimed = m1.claim("linux", 4);

        assertThat(claimed).extracting(Claim::brid).containsExactlyElementsOf(submitted);
        assertThat(m1.link.sent).contains("wake");
    }

    @Test
    void a_queue_that_was_empty_is_not_asked_again_before_a_hint_or_the_second_look() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        assertThat(m1.claim("linux", 4)).isEmpty();
        m1.pass(Duration.ofMillis(200));
        assertThat(m1.claim("linux", 4)).as("the second look").isEmpty();
        database.submit(List.of("linux"), 0, 1);

        assertThat(m1.claim("linux", 4)).as("nobody hinted").isEmpty();
        m1.claims.lookAgain();
        assertThat(m1.claim("linux", 4)).hasSize(1);
    }

    @Test
    void a_builder_with_fewer_slots_than_its_master_gets_the_next_one_as_soon_as_a_build_ends() {
        TestAgent m1 = agent("m1").in(List.of("compile", "test"), List.of());
        for (int i = 0; i < 20; i++) {
            database.submit(List.of("compile"), 0, i);
        }
        m1.claims.lookAgain();
        assertThat(m1.claim(Map.of("compile", 2, "test", 4), 4)).hasSize(2);
        m1.pass(Duration.ofMillis(200));
        assertThat(m1.claim(Map.of("test", 4), 2)).isEmpty();

        for (int ended = 0; ended < 18; ended++) {
            m1.pass(Duration.ofMillis(200));
            assertThat(m1.claim(Map.of("compile", 1, "test", 4), 3)).hasSize(1);
        }
    }

    @Test
    void a_buildmaster_without_a_free_slot_is_woken_once_for_the_second_look() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        database.submit(List.of("linux"), 0, 1);
        m1.claims.lookAgain();
        assertThat(m1.claim(Map.of("linux", 2), 2)).hasSize(1);
        m1.link.sent.clear();

        for (int look = 0; look < 20; look++) {
            m1.pass(Duration.ofMillis(100));
            m1.claims.take();
        }

        assertThat(m1.link.sent).containsExactly("wake");
    }

    @Test
    void completions_wait_for_the_database_and_are_answered_when_it_is_back() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        database.submit(List.of("linux"), 0, 1);
        m1.claims.lookAgain();
        Claim claim = m1.claim("linux", 1).get(0);

        database.makeUnreachable(true);
        CompletableFuture<Boolean> accepted = m1.inbox.complete(new Completion(claim.attempt(), 0));
        m1.claims.take();
        assertThat(accepted).isNotDone();
        database.makeUnreachable(false);
        m1.claims.take();

        assertThat(accepted.join()).isTrue();
        assertThat(database.resultsOf(claim.brid())).hasValue(0);
    }

    @Test
    void a_completion_that_somebody_elses_lock_keeps_back_keeps_nothing_else_back() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        database.submit(List.of("linux", "linux"), 0, 1);
        m1.claims.lookAgain();
        List<Claim> claims = m1.claim("linux", 2);
        database.lock(claims.get(0).brid());

        CompletableFuture<Boolean> locked =
                m1.inbox.complete(new Completion(claims.get(0).attempt(), 0));
        CompletableFuture<Boolean> free =
                m1.inbox.complete(new Completion(claims.get(1).attempt(), 0));
        m1.claims.take();

        assertThat(free.join()).isTrue();
        assertThat(locked).isNotDone();
        database.submit(List.of("linux"), 0, 2);
        m1.claims.lookAgain();
        assertThat(m1.claim("linux", 1)).hasSize(1);
        database.unlock();
        m1.pass(Duration.ofSeconds(1));
        m1.claims.take();
        assertThat(locked.join()).isTrue();
        assertThat(database.resultsOf(claims.get(0).brid())).hasValue(0);
    }

    @Test
    void a_locked_completion_that_waits_on_disk_keeps_no_other_back() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        database.submit(List.of("linux", "linux"), 0, 1);
        m1.claims.lookAgain();
        List<Claim> claims = m1.claim("linux", 2);
        database.lock(claims.get(0).brid());
        database.makeUnreachable(true);
        m1.inbox.complete(new Completion(claims.get(0).attempt(), 0));
        CompletableFuture<Boolean> free =
                m1.inbox.complete(new Completion(claims.get(1).attempt(), 0));
        m1.claims.take();
        database.makeUnreachable(false);

        m1.claims.take();

        assertThat(free.join()).isTrue();
        database.unlock();
        m1.pass(Duration.ofSeconds(2));
        m1.claims.take();
        assertThat(database.resultsOf(claims.get(0).brid())).hasValue(0);
    }

    @Test
    void what_is_offered_is_not_claimed_and_what_is_chosen_of_it_is_claimed_beside_the_slots() {
        TestAgent m1 = agent("m1").in(List.of("linux", "mac"), List.of());
        int first = database.submit(List.of("mac"), 3, 1).get(0);
        int second = database.submit(List.of("mac"), 0, 1).get(0);
        int head = database.submit(List.of("linux"), 0, 1).get(0);
        m1.claims.lookAgain();

        CompletableFuture<List<Offer>> offers = m1.inbox.candidates(List.of("mac", "a builder of nobody"));
        m1.claims.take();

        assertThat(offers.join()).containsExactly(new Offer(first, "mac", 3), new Offer(second, "mac", 0));
        assertThat(database.claimed()).isZero();
        UUID token = UUID.randomUUID();
        List<Claim> claims = m1.ask(
                new FreeSlots(Map.of("linux", 1), 1, Optional.of(token), Map.of("mac", List.of(second, second, 999))));
        assertThat(claims).extracting(Claim::brid).containsExactlyInAnyOrder(head, second);
        assertThat(claims).allMatch(claim -> claim.attempt().token().equals(token));
        assertThat(m1.claim("mac", 1)).extracting(Claim::brid).containsExactly(first);
    }

    @Test
    void a_drained_master_offers_nothing_and_one_without_its_database_answers_not_now() {
        TestAgent m1 = agent("m1").in(List.of("mac"), List.of());
        database.submit(List.of("mac"), 0, 1);
        database.makeUnreachable(true);
        CompletableFuture<List<Offer>> away = m1.inbox.candidates(List.of("mac"));
        m1.claims.take();
        database.makeUnreachable(false);
        assertThat(away).isCompletedExceptionally();
        database.drain("m1", true);
        m1.control.take();

        CompletableFuture<List<Offer>> drained = m1.inbox.candidates(List.of("mac"));
        m1.claims.take();

        assertThat(drained.join()).isEmpty();
    }

    @Test
    void a_claim_whose_answer_its_own_agent_could_not_send_is_released() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        database.submit(List.of("linux"), 0, 1);
        m1.claims.lookAgain();
        UUID asked = UUID.randomUUID();
        m1.ask(new FreeSlots(Map.of("linux", 1), 1, Optional.of(asked)));

        HelloAnswer answer = m1.helloAfter(asked);
        m1.claims.take();

        assertThat(answer.claims())
                .as("its release may be on its way to the database")
                .isEmpty();
        assertThat(database.claimed()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void an_unknown_outcome_loses_no_completion_and_keeps_no_claim_that_nobody_knows(boolean committed) {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        database.submit(List.of("linux"), 0, 1);
        int unknown = database.submit(List.of("linux"), 0, 2).get(0);
        m1.claims.lookAgain();
        Claim claim = m1.claim("linux", 1).get(0);

        CompletableFuture<Boolean> accepted = m1.inbox.complete(new Completion(claim.attempt(), 0));
        database.loseNextAnswer(committed);
        List<Claim> answered = m1.claim("linux", 1);
        assertThat(accepted).isNotDone();
        m1.claims.take();
        m1.claims.take();

        assertThat(answered).isEmpty();
        assertThat(accepted.join()).isTrue();
        assertThat(database.resultsOf(claim.brid())).hasValue(0);
        assertThat(database.claims().held(m1.masterState.authority().orElseThrow()))
                .isEmpty();
        assertThat(m1.claim("linux", 1)).extracting(Claim::brid).containsExactly(unknown);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_tick_of_unknown_outcome_is_sent_again_and_committed_once(boolean committed) {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of("nightly"));
        m1.ownership.take();
        Tick tick = new Tick(
                "nightly",
                m1.ownership.owned().get("nightly"),
                "at 2026-11-24T02:00:00Z",
                1,
                List.of("linux"),
                0,
                "nightly",
                "{}");

        database.loseNextAnswer(committed);
        CompletableFuture<?> first = m1.inbox.tick(tick);
        m1.ticks.take();
        CompletableFuture<Schedulers.TickResult> again = m1.inbox.tick(tick);
        m1.ticks.take();

        assertThatThrownBy(first::join).hasCauseInstanceOf(NotNow.class);
        assertThat(again.join().state())
                .isEqualTo(committed ? Schedulers.TickResult.State.ALREADY : Schedulers.TickResult.State.COMMITTED);
    }

    @Test
    void a_link_that_is_made_again_while_the_database_is_away_keeps_its_builds_and_its_lease() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        database.submit(List.of("linux"), 0, 1);
        int released = database.submit(List.of("linux"), 0, 2).get(0);
        m1.claims.lookAgain();
        List<Claim> claims = m1.claim("linux", 2);
        Attempt running = claims.get(0).attempt();
        database.makeUnreachable(true);
        m1.inbox.closed(m1.link, "test");
        m1.link.sent.clear();

        HelloAnswer answer = m1.hello(List.of("linux"), List.of(), running, new Attempt(4711, UUID.randomUUID()));
        m1.membership.take();

        assertThat(answer.stop()).containsExactly(4711);
        assertThat(answer.lease()).isPositive();
        assertThat(m1.link.sent).contains("lease");
        CompletableFuture<Boolean> accepted = m1.inbox.complete(new Completion(running, 0));
        m1.claims.take();
        assertThat(accepted).isNotDone();
        database.makeUnreachable(false);
        m1.claims.take();
        assertThat(accepted.join()).isTrue();
        m1.claims.lookAgain();
        assertThat(m1.claim("linux", 2))
                .as("released, since the hello does not name it")
                .extracting(Claim::brid)
                .containsExactly(released);
    }

    @Test
    void the_hello_of_an_unknown_buildmaster_waits_for_the_database() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        database.makeUnreachable(true);
        m1.inbox.closed(m1.link, "test");
        CompletableFuture<HelloAnswer> answer = m1.inbox.hello(
                new Hello("m1", "1", 4, List.of(new Hello.Builder("mac", 4)), List.of(), List.of()), m1.link);
        m1.claims.take();
        m1.claims.take();
        assertThat(answer).isNotDone();
        assertThat(m1.attached.isGreeted()).isTrue();

        database.makeUnreachable(false);
        m1.claims.take();

        assertThat(answer).isCompleted();
        assertThat(m1.attached.isGreeted()).isFalse();
        database.submit(List.of("mac"), 0, 1);
        m1.claims.lookAgain();
        assertThat(m1.claim("mac", 1)).hasSize(1);
    }

    @Test
    void terms_that_could_not_be_sent_to_a_new_link_are_sent_when_the_database_is_back() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of("nightly", "weekly"));
        m1.ownership.take();
        database.makeUnreachable(true);
        m1.inbox.closed(m1.link, "test");
        m1.ownership.take();
        m1.hello(List.of("linux"), List.of("nightly", "weekly"));
        m1.link.sent.clear();
        m1.ownership.take();
        assertThat(m1.link.sent).isEmpty();

        database.makeUnreachable(false);
        m1.ownership.take();

        assertThat(m1.link.sent).contains("own nightly", "own weekly");
    }

    @Test
    void a_completion_with_another_attempt_is_refused() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        database.submit(List.of("linux"), 0, 1);
        m1.claims.lookAgain();
        Claim claim = m1.claim("linux", 1).get(0);

        CompletableFuture<Boolean> accepted =
                m1.inbox.complete(new Completion(new Attempt(claim.brid(), UUID.randomUUID()), 0));
        m1.claims.take();

        assertThat(accepted.join()).isFalse();
        assertThat(database.resultsOf(claim.brid())).isEmpty();
    }

    @Test
    void a_build_without_a_claim_is_stopped_and_a_claim_without_a_build_is_released() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        database.submit(List.of("linux"), 0, 1);
        m1.claims.lookAgain();
        Claim held = m1.claim("linux", 1).get(0);

        HelloAnswer answer = m1.hello(List.of("linux"), List.of(), new Attempt(4711, UUID.randomUUID()));
        m1.claims.take();

        assertThat(answer.stop()).containsExactly(4711);
        assertThat(database.claims().held(m1.masterState.authority().orElseThrow()))
                .isEmpty();
        m1.claims.lookAgain();
        assertThat(m1.claim("linux", 1)).extracting(Claim::brid).containsExactly(held.brid());
    }

    @Test
    void the_trust_ends_two_thirds_of_the_session_timeout_after_the_last_acknowledged_heartbeat_was_sent() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        zooKeeper.cutOff(m1.ensemble);
        database.makeUnreachable(true);

        m1.pass(Duration.ofMillis(3_999));
        m1.membership.take();
        m1.fence.take();
        assertThat(m1.masterState.authority()).isPresent();
        m1.pass(Duration.ofMillis(2));

        assertThat(m1.masterState.authority()).isEmpty();
        m1.fence.take();
        assertThat(m1.link.sent).contains("fence");
        assertThat(m1.kills).isOne();
        assertThat(m1.masterState.current().phase()).isEqualTo(MasterState.Phase.UNREGISTERED);
    }

    @Test
    void without_zookeeper_a_read_of_the_own_epoch_extends_the_trust() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        zooKeeper.cutOff(m1.ensemble);

        for (int second = 0; second < 60; second++) {
            m1.pass(Duration.ofSeconds(1));
            m1.membership.take();
            m1.fence.take();
        }

        assertThat(m1.masterState.authority()).isPresent();
        assertThat(m1.kills).isZero();
    }

    /** Such a master may be fenced; only the database knows, and it answers only the others. */
    @Test
    void a_master_whose_node_is_gone_and_that_cannot_ask_the_database_trusts_itself_no_longer_than_before() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        zooKeeper.expire(m1.ensemble);
        database.makeUnreachable(true);

        for (int second = 0; second < 5; second++) {
            m1.membership.take();
            m1.pass(Duration.ofSeconds(1));
        }

        assertThat(m1.masterState.authority()).isEmpty();
        m1.fence.take();
        assertThat(m1.kills).isOne();
    }

    @Test
    void a_master_whose_node_is_gone_joins_again_in_its_epoch_if_that_is_current_in_the_database() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        Authority before = m1.masterState.authority().orElseThrow();
        zooKeeper.expire(m1.ensemble);

        for (int second = 0; second < 5; second++) {
            m1.membership.take();
            m1.pass(Duration.ofSeconds(1));
        }

        assertThat(m1.masterState.authority()).contains(before);
        assertThat(m1.kills).isZero();
    }

    @Test
    void a_fenced_master_stops_its_buildmaster_before_it_registers_anew() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        Authority before = m1.masterState.authority().orElseThrow();

        m1.masterState.doubt(before, "the buildmaster died");
        assertThat(m1.membership.take().sentence())
                .as("no step before the kill has ended")
                .isEmpty();
        m1.fence.take();
        m1.membership.take();

        assertThat(m1.kills).isOne();
        assertThat(m1.masterState.authority().orElseThrow().epoch()).isGreaterThan(before.epoch());
    }

    @Test
    void a_housekeeper_that_alone_does_not_reach_the_database_leaves_the_lead_to_another() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        TestAgent m2 = agent("m2").in(List.of("linux"), List.of());
        m1.housekeeping.take();
        m2.housekeeping.take();
        assertThat(m1.housekeeping.leads()).isPresent();

        m1.databaseAway = true;
        m1.housekeeping.take();
        m1.housekeeping.take();
        assertThat(m1.ensemble.seemsLeader())
                .as("two failed looks are forgiven")
                .isTrue();
        m1.housekeeping.take();
        m2.housekeeping.take();

        assertThat(m1.housekeeping.leads()).isEmpty();
        assertThat(m2.housekeeping.leads()).isPresent();
        m1.housekeeping.take();
        zooKeeper.expire(m2.ensemble);
        assertThat(m1.ensemble.seemsLeader()).as("it has left the election").isFalse();
        m1.databaseAway = false;
        m1.housekeeping.take();
        zooKeeper.expire(m2.ensemble);
        m1.housekeeping.take();
        assertThat(m1.housekeeping.leads()).as("it is in the election again").isPresent();
    }

    @Test
    void when_no_master_reaches_the_database_nobody_leads_until_one_does() {
        List<TestAgent> both =
                List.of(agent("m1").in(List.of("linux"), List.of()), agent("m2").in(List.of("linux"), List.of()));
        both.forEach(each -> each.housekeeping.take());

        database.makeUnreachable(true);
        for (int look = 0; look < 8; look++) {
            both.forEach(each -> each.housekeeping.take());
        }
        assertThat(both).noneMatch(each -> each.ensemble.seemsLeader());
        assertThat(both).allMatch(each -> each.masterState.authority().isPresent());
        database.makeUnreachable(false);
        both.forEach(each -> each.housekeeping.take());

        assertThat(both)
                .filteredOn(each -> each.housekeeping.leads().isPresent())
                .hasSize(1);
    }

    @Test
    void a_fenced_agent_leaves_the_election() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        TestAgent m2 = agent("m2").in(List.of("linux"), List.of());
        m1.housekeeping.take();
        m2.housekeeping.take();

        m1.masterState.doubt(m1.masterState.authority().orElseThrow(), "the buildmaster died");
        m1.fence.take();
        m1.housekeeping.take();
        m2.housekeeping.take();

        assertThat(m1.ensemble.seemsLeader()).isFalse();
        assertThat(m2.housekeeping.leads()).isPresent();
    }

    @Test
    void the_housekeeper_fails_over_a_master_that_is_gone_and_its_work_is_claimed_again() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        TestAgent m2 = agent("m2").in(List.of("linux"), List.of());
        database.submit(List.of("linux"), 0, 1);
        m2.claims.lookAgain();
        int brid = m2.claim("linux", 1).get(0).brid();
        m1.housekeeping.take();
        assertThat(m1.housekeeping.leads()).isPresent();

        zooKeeper.expire(m2.ensemble);
        m1.housekeeping.take();
        assertThat(stateOf("m2")).as("one look is not enough").isEqualTo(MasterRow.State.ACTIVE);
        m1.pass(Duration.ofMillis(1_001));
        m1.housekeeping.take();

        assertThat(stateOf("m2")).isEqualTo(MasterRow.State.DEAD);
        assertThat(m1.claim("linux", 1)).extracting(Claim::brid).containsExactly(brid);
    }

    @Test
    void a_victim_with_open_database_sessions_is_released_only_after_its_kill_time() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        TestAgent m2 = agent("m2").in(List.of("linux"), List.of());
        database.openSession("m2");
        m1.housekeeping.take();
        zooKeeper.expire(m2.ensemble);
        m1.housekeeping.take();
        m1.pass(Duration.ofMillis(1_001));
        Step.Taken fencing = m1.housekeeping.take();
        assertThat(stateOf("m2")).isEqualTo(MasterRow.State.FENCED);
        assertThat(fencing.next()).as("the kill time counts from the next look").isZero();

        m1.housekeeping.take();
        m1.pass(Duration.ofMillis(1_900));
        m1.housekeeping.take();
        assertThat(stateOf("m2")).as("its kill time is not over").isEqualTo(MasterRow.State.FENCED);
        m1.pass(Duration.ofMillis(200));
        m1.housekeeping.take();

        assertThat(stateOf("m2")).isEqualTo(MasterRow.State.DEAD);
    }

    @Test
    void a_scheduler_moves_when_its_owner_is_fenced_and_the_old_term_ticks_no_more() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of("nightly"));
        m1.ownership.take();
        assertThat(m1.link.sent).contains("own nightly");
        long term = m1.ownership.owned().get("nightly");
        TestAgent m2 = agent("m2").in(List.of("linux"), List.of("nightly"));
        zooKeeper.expire(m1.ensemble);
        assertThat(m2.housekeeping.take().sentence()).startsWith("leads in epoch");
        m2.housekeeping.take();
        m2.pass(Duration.ofSeconds(2));
        m2.housekeeping.take();

        m2.ownership.take();

        assertThat(m2.ownership.owned()).containsKey("nightly");
        assertThat(m2.ownership.owned().get("nightly")).isGreaterThan(term);
        CompletableFuture<?> late = m1.inbox.tick(
                new Tick("nightly", term, "at 2026-11-24T02:00:00Z", 1, List.of("linux"), 0, "late", "{}"));
        m1.ticks.take();
        assertThatThrownBy(late::join).isInstanceOf(CompletionException.class);
    }

    @Test
    void a_master_whose_restart_is_requested_ends_its_epoch_and_begins_another_with_a_new_buildmaster() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        Authority before = m1.masterState.authority().orElseThrow();
        AtomicInteger killed = new AtomicInteger();
        m1.onNewEpoch = killed::incrementAndGet;

        database.requestRestart("m1");
        m1.control.take();
        m1.fence.take();
        m1.membership.take();

        assertThat(m1.masterState.authority().orElseThrow().epoch()).isGreaterThan(before.epoch());
        assertThat(killed).hasValue(1);
        m1.control.take();
        assertThat(m1.masterState.authority()).as("the restart happens once").isPresent();
    }

    @Test
    void an_operators_orders_are_carried_out_although_the_agent_cannot_write_how_it_is() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        m1.trouble = () -> {
            throw new DatabaseUnreachable("the row is locked", new java.io.IOException("test"));
        };

        database.drain("m1", true);
        m1.control.take();
        assertThat(m1.masterState.current().draining()).isTrue();
        database.requestRestart("m1");
        m1.control.take();

        assertThat(m1.masterState.authority()).isEmpty();
    }

    @Test
    void a_drained_master_claims_nothing_and_hands_its_schedulers_over() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of("nightly"));
        m1.ownership.take();
        TestAgent m2 = agent("m2").in(List.of("linux"), List.of("nightly"));
        database.submit(List.of("linux"), 0, 1);

        database.drain("m1", true);
        m1.control.take();
        m1.ownership.take();
        m1.claims.lookAgain();

        assertThat(m1.claim("linux", 1)).isEmpty();
        assertThat(m1.link.sent).contains("drain true", "disown nightly");
        m2.control.take();
        m2.ownership.take();
        assertThat(m2.ownership.owned()).containsKey("nightly");
    }

    @Test
    void a_drained_masters_ticks_wait_and_its_term_goes_on_after_the_undrain() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of("nightly"));
        m1.ownership.take();
        long term = m1.ownership.owned().get("nightly");
        Tick tick = new Tick("nightly", term, "at 2026-11-24T02:00:00Z", 1, List.of("linux"), 0, "nightly", "{}");

        database.drain("m1", true);
        CompletableFuture<?> drained = m1.inbox.tick(tick);
        m1.ticks.take();
        m1.control.take();
        m1.ownership.take();
        database.drain("m1", false);
        m1.control.take();
        m1.ownership.take();
        CompletableFuture<Schedulers.TickResult> undrained = m1.inbox.tick(tick);
        m1.ticks.take();

        assertThatThrownBy(drained::join).hasCauseInstanceOf(NotNow.class);
        assertThat(m1.link.sent).as("nobody else offers it").doesNotContain("disown nightly");
        assertThat(undrained.join().state()).isEqualTo(Schedulers.TickResult.State.COMMITTED);
    }

    @Test
    void a_scheduler_whose_end_the_database_refused_keeps_nobody_away() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of("nightly"));
        m1.ownership.take();
        TestAgent m2 = agent("m2").in(List.of("linux"), List.of("nightly"));
        database.drain("m1", true);
        m1.control.take();
        database.masters().leave(m1.masterState.authority().orElseThrow(), "before the drain reaches it");

        assertThat(m1.ownership.take().sentence()).startsWith("fenced");
        m1.ownership.take();

        assertThat(m2.ensemble.owners()).isEmpty();
        m2.control.take();
        m2.ownership.take();
        assertThat(m2.ownership.owned()).containsKey("nightly");
    }

    @Test
    void a_scheduler_whose_term_the_database_refused_keeps_nobody_away() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of("nightly"));
        TestAgent m2 = agent("m2");
        m2.membership.take();
        database.drain("m1", true);
        database.masters().leave(m1.masterState.authority().orElseThrow(), "before it owns anything");
        m1.ownership.take();
        assertThat(m2.ensemble.owners()).containsKey("nightly");

        m1.fence.take();
        m1.membership.take();
        m1.control.take();
        m1.ownership.take();

        assertThat(m2.ensemble.owners()).isEmpty();
    }

    @Test
    void a_term_whose_end_the_database_did_not_answer_is_sent_to_the_buildmaster_again() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of("nightly"));
        m1.ownership.take();
        agent("m2").in(List.of("linux"), List.of("nightly"));
        database.drain("m1", true);
        m1.control.take();
        m1.link.onDisown = () -> database.makeUnreachable(true);
        assertThat(m1.ownership.take().sentence()).startsWith("keeping 1 schedulers");
        database.makeUnreachable(false);
        database.drain("m1", false);
        m1.control.take();

        m1.ownership.take();

        assertThat(m1.link.sent).endsWith("disown nightly", "drain false", "own nightly");
        assertThat(m1.ownership.owned()).containsKey("nightly");
    }

    @Test
    void an_operators_cancel_reaches_the_buildmaster_that_holds_it() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        database.submit(List.of("linux"), 0, 1);
        m1.claims.lookAgain();
        int brid = m1.claim("linux", 1).get(0).brid();

        database.askToCancel(brid);
        m1.control.take();

        assertThat(m1.link.sent).contains("cancel " + brid);
    }

    @Test
    void an_attempt_that_the_buildmaster_ended_itself_is_not_held_any_more_but_another_one_is() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        database.submit(List.of("linux", "linux"), 0, 1);
        m1.claims.lookAgain();
        List<Claim> claims = m1.claim("linux", 2);
        Claim ended = claims.get(0);
        Claim running = claims.get(1);

        m1.inbox.ended(ended.attempt());
        m1.inbox.ended(new Attempt(running.brid(), UUID.randomUUID()));
        m1.claims.take();

        assertThat(m1.held.brids()).as("a graceful stop waits for these claims").containsExactly(running.brid());
    }

    @Test
    void after_a_build_that_the_buildmaster_ended_itself_the_queue_is_looked_at_again() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        database.submit(List.of("linux"), 0, 1);
        m1.claims.lookAgain();
        Claim claim = m1.claim("linux", 4).get(0);
        m1.pass(Duration.ofMillis(200));
        assertThat(m1.claim("linux", 4)).as("the second look").isEmpty();
        database.submit(List.of("linux"), 0, 2);
        assertThat(m1.claim("linux", 4)).as("nobody hinted").isEmpty();

        m1.inbox.ended(claim.attempt());

        assertThat(m1.claim("linux", 4)).hasSize(1);
    }

    @Test
    void an_attempt_reported_as_ended_but_held_in_the_database_is_settled_by_the_next_hello() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        database.submit(List.of("linux"), 0, 1);
        m1.claims.lookAgain();
        Claim claim = m1.claim("linux", 1).get(0);
        m1.inbox.ended(claim.attempt());
        m1.claims.take();
        assertThat(database.claims().held(m1.masterState.authority().orElseThrow()))
                .hasSize(1);

        HelloAnswer answer = m1.hello(List.of("linux"), List.of(), claim.attempt());

        assertThat(answer.stop()).isEmpty();
        assertThat(m1.held.brids()).containsExactly(claim.brid());
    }

    @Test
    void claims_and_completions_that_the_database_lost_are_noticed_after_the_outage_and_built_again() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        database.submit(List.of("linux", "linux", "linux"), 0, 1);
        m1.claims.lookAgain();
        List<Claim> claims = m1.claim("linux", 3);
        Claim done = claims.get(0);
        Claim lost = claims.get(1);
        Claim kept = claims.get(2);
        m1.inbox.complete(new Completion(done.attempt(), 0));
        m1.claims.take();
        database.loseCompletion(done.brid());
        database.loseClaim(lost.brid());
        m1.link.sent.clear();

        m1.claims.compare();
        Step.Taken looked = m1.claims.take();
        assertThat(m1.link.sent)
                .as("the difference may be a message on its way")
                .isEmpty();
        m1.pass(looked.next());
        m1.claims.take();

        assertThat(m1.link.sent).as("the buildmaster must send hello again").containsExactly("close");
        m1.inbox.closed(m1.link, "test");
        HelloAnswer answer = m1.hello(List.of("linux"), List.of(), lost.attempt(), kept.attempt());
        assertThat(answer.stop()).containsExactly(lost.brid());
        m1.claims.take();
        m1.claims.lookAgain();
        assertThat(m1.claim("linux", 3)).extracting(Claim::brid).containsExactlyInAnyOrder(done.brid(), lost.brid());
    }

    @Test
    void a_database_that_lost_nothing_in_an_outage_ends_no_link() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        database.submit(List.of("linux", "linux", "linux"), 0, 1);
        m1.claims.lookAgain();
        List<Claim> claims = m1.claim("linux", 3);
        Claim ending = claims.get(0);
        Claim unsure = claims.get(1);
        database.loseNextAnswer(true);
        m1.inbox.complete(new Completion(unsure.attempt(), 0));
        m1.claims.take();
        m1.link.sent.clear();

        m1.claims.compare();
        m1.inbox.complete(new Completion(ending.attempt(), 0));
        m1.claims.take();
        m1.claims.compare();
        m1.claims.take();

        assertThat(m1.link.sent).doesNotContain("close");
        assertThat(m1.held.brids()).containsExactly(claims.get(2).brid());
    }

    @Test
    void a_comparison_that_the_database_did_not_answer_is_made_when_it_does() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        database.submit(List.of("linux"), 0, 1);
        m1.claims.lookAgain();
        database.loseClaim(m1.claim("linux", 1).get(0).brid());
        m1.link.sent.clear();
        m1.claims.compare();
        database.makeUnreachable(true);
        m1.claims.take();
        database.makeUnreachable(false);

        m1.pass(m1.claims.take().next());
        m1.claims.take();

        assertThat(m1.link.sent).contains("close");
    }

    @Test
    void an_attempt_that_the_buildmaster_is_just_ending_itself_is_not_taken_for_lost() {
        TestAgent m1 = agent("m1").in(List.of("linux"), List.of());
        database.submit(List.of("linux"), 0, 1);
        m1.claims.lookAgain();
        Claim claim = m1.claim("linux", 1).get(0);
        m1.link.sent.clear();
        database.loseClaim(claim.brid());
        m1.claims.compare();
        Step.Taken looked = m1.claims.take();
        m1.inbox.ended(claim.attempt());
        m1.pass(looked.next());
        m1.claims.take();

        assertThat(m1.link.sent).doesNotContain("close");
    }

    @Test
    void a_hello_waits_for_the_database_and_is_answered_when_it_is_back() {
        TestAgent m1 = agent("m1");
        m1.membership.take();
        database.makeUnreachable(true);
        CompletableFuture<HelloAnswer> answer = m1.inbox.hello(
                new Hello("m1", "0", 1, List.of(new Hello.Builder("linux", 1)), List.of(), List.of()), m1.link);
        m1.claims.take();
        assertThat(answer).isNotDone();

        database.makeUnreachable(false);
        m1.claims.take();

        assertThat(answer).isCompleted();
        assertThat(m1.attached.current()).isPresent();
    }

    @Test
    void a_hello_that_comes_before_its_agent_is_registered_waits_for_it() {
        TestAgent m1 = agent("m1");
        CompletableFuture<HelloAnswer> answer = m1.inbox.hello(
                new Hello("m1", "0", 1, List.of(new Hello.Builder("linux", 1)), List.of(), List.of()), m1.link);
        m1.claims.take();
        assertThat(answer).isNotDone();

        m1.membership.take();
        m1.claims.take();

        assertThat(answer).isCompletedWithValueMatching(hello -> hello.epoch() > 0);
        assertThat(m1.attached.current()).isPresent();
    }

    @Test
    void change_sources_are_owned_as_schedulers_are_and_the_port_for_workers_is_published() {
        TestAgent m1 = agent("m1");
        m1.membership.take();

        m1.helloOfBuildbot(Map.of());
        m1.membership.take();
        m1.ownership.take();

        Member member = m1.ensemble.members().get("m1");
        assertThat(member.schedulers()).containsExactly("changesource:git");
        assertThat(member.workerPort()).hasValue(9_989);
        assertThat(member.capacity()).isEqualTo(4);
        assertThat(m1.ownership.owned()).containsOnlyKeys("changesource:git");
        assertThat(m1.link.sent).contains("own changesource:git");
    }

    @Test
    void an_agent_whose_name_is_taken_stays_out_and_changes_nothing() {
        TestAgent first = agent("m1").in(List.of("linux"), List.of());
        Authority before = first.masterState.authority().orElseThrow();
        TestAgent twin = new TestAgent("m1", state.resolve("twin"), nanos, database, zooKeeper);

        String sentence = twin.membership.take().sentence();
        assertThat(sentence).startsWith("staying out: another agent is master m1");
        assertThat(database.masters().isCurrent(before)).isTrue();
        assertThat(Map.copyOf(first.ensemble.members())).hasSize(1);
    }

    private MasterRow.State stateOf(String master) {
        return database.masters().list().stream()
                .filter(row -> row.name().equals(master))
                .findFirst()
                .orElseThrow()
                .state();
    }
}
