package org.quorate.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quorate.agent.testing.At;
import org.quorate.claim.Claim;
import org.quorate.claim.Completion;
import org.quorate.claim.Turn;
import org.quorate.failpoint.Failpoint;
import org.quorate.master.Authority;
import org.quorate.master.Failovers.FailOver;
import org.quorate.scheduler.Ownership;
import org.quorate.scheduler.Schedulers.TickResult;
import org.quorate.scheduler.Tick;

/** A master that stands still or dies in the middle of a claim, a completion, a term or a tick. */
@Tag("faults")
class FailpointsOfWritesTest extends Stage {
    private static final UUID ATTEMPT = new UUID(4, 2);

    @AfterEach
    void nothing_is_broken() {
        assertThat(POSTGRES.database().violations()).isEmpty();
    }

    private String claimTwo() {
        return "claim " + builderid + " 2 " + ATTEMPT;
    }

    private String completeTheFirst() {
        return "complete " + held.get(0).brid() + " " + held.get(0).attempt().token();
    }

    @Test
    @At(Failpoint.FENCE_HELD)
    void a_failover_waits_for_the_write_that_holds_the_fence_and_takes_along_what_it_claimed() {
        PuppetProcess puppet = pausingVictim(Failpoint.FENCE_HELD);
        puppet.send(claimTwo()).awaitAt(Failpoint.FENCE_HELD);

        CompletableFuture<FailOver> failOver = waiting(this::failOver);
        assertThat(puppet.isSilent()).isTrue();
        puppet.send("go");

        assertThat(puppet.answer()).isEqualTo("[3, 4]");
        assertThat(failOver.join().result()).isEqualTo(FailOver.Result.FENCED);
        assertThat(puppet.ask(claimTwo())).startsWith("Fenced");
        assertThat(masters.release(
                        heir, POSTGRES.database().number("select epoch from quorate.leader"), victim.masterid()))
                .isEqualTo(4);
        assertThat(claim(heir, 6)).hasSize(6);
    }

    @Test
    @At(Failpoint.FENCE_HELD)
    void a_write_that_died_under_the_fence_delays_no_failover_and_wrote_nothing() {
        PuppetProcess puppet = dyingVictim(Failpoint.FENCE_HELD);

        puppet.send(claimTwo()).awaitDeath();
        awaitNoSessionOf("victim");

        assertThat(failOver())
                .extracting(FailOver::result, FailOver::released)
                .containsExactly(FailOver.Result.RELEASED, 2);
        assertThat(claim(heir, 6)).hasSize(6);
    }

    @Test
    @At(Failpoint.FENCE_HELD)
    void a_frozen_write_whose_session_is_ended_lets_the_failover_go_on_and_is_not_done() {
        PuppetProcess puppet = pausingVictim(Failpoint.FENCE_HELD);
        puppet.send(claimTwo()).awaitAt(Failpoint.FENCE_HELD);
        CompletableFuture<FailOver> failOver = waiting(this::failOver);

        masters.endSessions("victim");

        failOver.join();
        puppet.send("go");
        assertThat(puppet.answer()).startsWith("DatabaseUnreachable");
        await().atMost(PATIENCE).until(() -> puppet.ask(claimTwo()).startsWith("Fenced"));
        assertThat(count("claim")).as("only the claims that it held before").isEqualTo(2);
    }

    @Test
    @At(Failpoint.CLAIM_INSERTED)
    void a_buildrequest_that_one_master_is_about_to_claim_is_skipped_by_another_without_waiting() {
        PuppetProcess puppet = pausingVictim(Failpoint.CLAIM_INSERTED);
        puppet.send(claimTwo()).awaitAt(Failpoint.CLAIM_INSERTED);

        assertThat(claim(heir, 6)).extracting(Claim::brid).containsExactly(5, 6);
        puppet.send("go");

        assertThat(puppet.answer()).isEqualTo("[3, 4]");
        assertThat(count("claim")).isEqualTo(6);
    }

    @Test
    @At(Failpoint.CLAIM_INSERTED)
    void claims_of_a_master_that_died_before_their_commit_never_were() {
        PuppetProcess puppet = dyingVictim(Failpoint.CLAIM_INSERTED);

        puppet.send(claimTwo()).awaitDeath();
        awaitNoSessionOf("victim");

        assertThat(claim(heir, 6)).extracting(Claim::brid).containsExactly(3, 4, 5, 6);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @At(Failpoint.COMMITTED)
    void claims_that_nobody_knows_are_found_by_the_next_incarnation_or_released_by_the_next_epoch(boolean resumes) {
        PuppetProcess puppet = dyingVictim(Failpoint.COMMITTED);

        puppet.send(claimTwo()).awaitDeath();

        assertThat(count("claim")).isEqualTo(4);
        if (resumes) {
            Authority next = masters.resume("victim", UUID.randomUUID(), victim.epoch())
                    .orElseThrow()
                    .authority();
            assertThat(claims.held(next))
                    .filteredOn(claim -> claim.attempt().token().equals(ATTEMPT))
                    .extracting(Claim::brid)
                    .containsExactly(3, 4);
        } else {
            assertThat(masters.register("victim", UUID.randomUUID(), 20).released())
                    .isEqualTo(4);
            assertThat(claim(heir, 6)).hasSize(6);
        }
    }

    @Test
    @At(Failpoint.COMPLETION_WRITTEN)
    void a_completion_that_was_under_way_counts_and_the_failover_that_waited_releases_the_rest() {
        PuppetProcess puppet = pausingVictim(Failpoint.COMPLETION_WRITTEN);
        puppet.send(completeTheFirst()).awaitAt(Failpoint.COMPLETION_WRITTEN);

        CompletableFuture<FailOver> failOver = waiting(this::failOver);
        puppet.send("go");

        assertThat(puppet.answer()).isEqualTo("[" + held.get(0).brid() + "]");
        assertThat(failOver.join().result()).isEqualTo(FailOver.Result.FENCED);
        assertThat(masters.release(
                        heir, POSTGRES.database().number("select epoch from quorate.leader"), victim.masterid()))
                .isEqualTo(1);
        assertThat(claim(heir, 6))
                .extracting(Claim::brid)
                .doesNotContain(held.get(0).brid())
                .hasSize(5);
    }

    @Test
    @At(Failpoint.COMPLETION_WRITTEN)
    void a_completion_that_died_before_its_commit_is_committed_once_by_the_next_incarnation() {
        PuppetProcess puppet = dyingVictim(Failpoint.COMPLETION_WRITTEN);

        puppet.send(completeTheFirst()).awaitDeath();
        Authority next = masters.resume("victim", UUID.randomUUID(), victim.epoch())
                .orElseThrow()
                .authority();

        Turn turn =
                new Turn(UUID.randomUUID(), List.of(new Completion(held.get(0).attempt(), 0)), List.of(), List.of(), 0);
        assertThat(claims.take(next, turn).completed())
                .containsExactly(held.get(0).brid());
        assertThat(count("complete")).isOne();
    }

    @Test
    @At(Failpoint.TERM_BEGUN)
    void a_master_that_contends_while_a_term_is_about_to_begin_waits_and_owns_nothing() {
        PuppetProcess puppet = pausingVictim(Failpoint.TERM_BEGUN);
        puppet.send("own nightly").awaitAt(Failpoint.TERM_BEGUN);

        CompletableFuture<Optional<Ownership>> other = waiting(() -> schedulers.own(heir, "nightly", 0));
        puppet.send("go");

        assertThat(puppet.answer()).isEqualTo("1");
        assertThat(other.join()).isEmpty();
    }

    @Test
    @At(Failpoint.TERM_BEGUN)
    void a_term_whose_owner_died_before_its_commit_is_begun_by_another() {
        PuppetProcess puppet = dyingVictim(Failpoint.TERM_BEGUN);

        puppet.send("own nightly").awaitDeath();

        assertThat(schedulers.own(heir, "nightly", 0)).map(Ownership::term).contains(1L);
        assertThat(count("own")).isOne();
    }

    @Test
    @At(Failpoint.TICK_WRITTEN)
    void a_tick_that_is_sent_again_while_it_is_written_waits_and_is_committed_once() {
        Tick tick = tick();
        PuppetProcess puppet = pausingVictim(Failpoint.TICK_WRITTEN);
        puppet.send("tick nightly " + tick.term()).awaitAt(Failpoint.TICK_WRITTEN);

        CompletableFuture<TickResult> again = waiting(() -> schedulers.tick(victim, tick));
        puppet.send("go");

        assertThat(puppet.answer()).isEqualTo("COMMITTED");
        assertThat(again.join().state()).isEqualTo(TickResult.State.ALREADY);
        assertThat(POSTGRES.database().number("select count(*) from buildsets where reason = 'test'"))
                .isOne();
    }

    @Test
    @At(Failpoint.TICK_WRITTEN)
    void a_tick_that_died_before_its_buildset_is_committed_whole_when_it_is_sent_again() {
        Tick tick = tick();
        PuppetProcess puppet = dyingVictim(Failpoint.TICK_WRITTEN);

        puppet.send("tick nightly " + tick.term()).awaitDeath();

        assertThat(schedulers.tick(victim, tick).state()).isEqualTo(TickResult.State.COMMITTED);
        assertThat(POSTGRES.database().number("select count(*) from buildsets where reason = 'test'"))
                .isOne();
        assertThat(count("tick")).isOne();
    }

    /** Returns the tick that the puppet sends. */
    private Tick tick() {
        long term = schedulers.own(victim, "nightly", 0).orElseThrow().term();
        return new Tick("nightly", term, "at 1", 1, List.of("linux"), 0, "test", "{}");
    }
}
