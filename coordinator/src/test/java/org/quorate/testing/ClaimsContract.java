package org.quorate.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.quorate.claim.Attempt;
import org.quorate.claim.Claim;
import org.quorate.claim.Claims;
import org.quorate.claim.Completion;
import org.quorate.claim.LowWaterMark;
import org.quorate.claim.Results;
import org.quorate.claim.Turn;
import org.quorate.claim.Wanted;
import org.quorate.master.Authority;
import org.quorate.master.Fenced;

/** The contract of every {@link Claims}, in PostgreSQL or in memory. */
public abstract class ClaimsContract extends DatabaseContract {
    @Test
    void a_claim_holds_what_is_to_be_built() {
        Authority m1 = register("m1");
        int brid = submit("linux", 7, 1_234);
        Turn turn = wants(5, wanted("linux", 5));

        Claim claim = take(m1, turn).claimed().get(0);

        assertThat(claim.brid()).isEqualTo(brid);
        assertThat(claim.attempt().token()).isEqualTo(turn.token());
        assertThat(claim.builder()).isEqualTo("linux");
        assertThat(claim.builderid()).isEqualTo(database.builder("linux"));
        assertThat(claim.priority()).isEqualTo(7);
        assertThat(claim.submittedAt()).isEqualTo(1_234);
        assertThat(claim.properties()).isEqualTo("{}");
        assertThat(database.claims().held(m1)).containsExactly(claim);
    }

    @Test
    void two_masters_never_claim_the_same_buildrequest() {
        submit("linux");

        assertThat(claim(register("m1"), "linux", 9)).hasSize(1);
        assertThat(claim(register("m2"), "linux", 9)).isEmpty();
    }

    @Test
    void masters_that_claim_at_the_same_time_share_the_queue_without_overlap_or_loss() throws Exception {
        List<Integer> submitted = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
            submitted.add(submit("linux", i % 3, 1_000 + i));
        }
        List<Authority> masters = List.of(register("m1"), register("m2"), register("m3"), register("m4"));
        List<Integer> claimed = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService threads = Executors.newFixedThreadPool(masters.size());
        try {
            List<Future<Boolean>> races = new ArrayList<>();
            for (Authority master : masters) {
                races.add(threads.submit(claimUntilAllAreClaimed(master, start, claimed, submitted.size())));
            }
            start.countDown();
            for (Future<Boolean> race : races) {
                assertThat(race.get(5, TimeUnit.MINUTES)).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }

        assertThat(claimed).containsExactlyInAnyOrderElementsOf(submitted);
        assertThat(new HashSet<>(claimed)).hasSameSizeAs(claimed);
    }

    /** An empty claim does not mean an empty queue: another master may hold the last buildrequests and release them. */
    private Callable<Boolean> claimUntilAllAreClaimed(
            Authority master, CountDownLatch start, List<Integer> claimed, int all) {
        return () -> {
            start.await();
            long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(4);
            while (claimed.size() < all && System.nanoTime() - deadline < 0) {
                claimed.addAll(brids(claim(master, "linux", 5)));
            }
            return claimed.size() == all;
        };
    }

    @Test
    void the_order_is_priority_descending_then_submission_then_id_over_all_builders() {
        Authority m1 = register("m1");
        int late = submit("linux", 0, 2_000);
        int early = submit("mac", 0, 1_000);
        int first = submit("linux", 0, 1_000);
        int urgent = submit("mac", 5, 9_000);
        int low = submit("linux", -1, 1);

        List<Claim> claims =
                take(m1, wants(9, wanted("linux", 9), wanted("mac", 9))).claimed();

        assertThat(brids(claims)).containsExactly(urgent, early, first, late, low);
    }

    @Test
    void slots_bound_each_builder_and_the_limit_bounds_all() {
        Authority m1 = register("m1");
        for (int i = 0; i < 5; i++) {
            submit("linux", 1, 1_000);
            submit("mac", 0, 1_000);
        }

        List<Claim> claims =
                take(m1, wants(3, wanted("linux", 2), wanted("mac", 4))).claimed();

        assertThat(claims).extracting(Claim::builder).containsExactly("linux", "linux", "mac");
    }

    @Test
    void only_wanted_builders_are_claimed_for() {
        Authority m1 = register("m1");
        submit("linux");

        assertThat(claim(m1, "mac", 5)).isEmpty();
        assertThat(take(m1, wants(0, wanted("linux", 5))).claimed()).isEmpty();
    }

    @Test
    void a_low_water_mark_hides_what_comes_before_it_and_not_its_own_key() {
        Authority m1 = register("m1");
        submit("linux", 5, 1_000);
        int at = submit("linux", 0, 1_000);
        int after = submit("linux", 0, 1_001);
        Wanted aboveFloor = new Wanted(database.builder("linux"), 9, new LowWaterMark(0, 1_000, at));

        assertThat(brids(take(m1, wants(9, aboveFloor)).claimed())).containsExactly(at, after);
    }

    @Test
    void a_completion_by_the_holder_is_accepted_and_ends_the_claim() {
        Authority m1 = register("m1");
        int brid = submit("linux");
        Claim claim = claim(m1, "linux", 1).get(0);

        Turn.Outcome outcome = take(m1, completes(claim, Results.FAILURE));

        assertThat(outcome.completed()).containsExactly(brid);
        assertThat(database.resultsOf(brid)).hasValue(Results.FAILURE);
        assertThat(database.claims().held(m1)).isEmpty();
        assertThat(claim(register("m2"), "linux", 1)).isEmpty();
    }

    @Test
    void a_completion_with_another_attempt_or_by_another_master_is_refused() {
        Authority m1 = register("m1");
        Authority m2 = register("m2");
        int brid = submit("linux");
        Claim claim = claim(m1, "linux", 1).get(0);

        assertThat(take(m1, completes(new Attempt(brid, UUID.randomUUID()), Results.SUCCESS))
                        .completed())
                .isEmpty();
        assertThat(take(m2, completes(claim, Results.SUCCESS)).completed()).isEmpty();

        assertThat(database.resultsOf(brid)).isEmpty();
        assertThat(database.claims().held(m1)).containsExactly(claim);
    }

    @Test
    void a_completion_that_is_sent_again_is_accepted_again_and_changes_nothing() {
        Authority m1 = register("m1");
        int brid = submit("linux");
        Claim claim = claim(m1, "linux", 1).get(0);
        take(m1, completes(claim, Results.SUCCESS));

        Turn.Outcome again = take(m1, completes(claim, Results.FAILURE));

        assertThat(again.completed()).containsExactly(brid);
        assertThat(database.resultsOf(brid)).hasValue(Results.SUCCESS);
    }

    @Test
    void a_completion_from_before_a_failover_is_refused_after_it() {
        Authority before = register("m1");
        int brid = submit("linux");
        Claim claim = claim(before, "linux", 1).get(0);
        Authority after = register("m1");

        assertThat(take(after, completes(claim, Results.SUCCESS)).completed()).isEmpty();
        assertThat(database.resultsOf(brid)).isEmpty();
    }

    @Test
    void what_another_session_has_locked_is_completed_or_released_later_and_holds_nothing_up() {
        Authority m1 = register("m1");
        int completes = submit("linux", 3, 1_000);
        int locked = submit("linux", 2, 1_000);
        int lockedToo = submit("linux", 1, 1_000);
        List<Claim> held = claim(m1, "linux", 3);
        database.lock(locked);
        database.lock(lockedToo);
        int next = submit("linux");
        Turn turn = new Turn(
                UUID.randomUUID(),
                List.of(
                        new Completion(held.get(0).attempt(), Results.SUCCESS),
                        new Completion(held.get(1).attempt(), Results.SUCCESS)),
                List.of(new Turn.Release(held.get(2).attempt(), "test")),
                List.of(wanted("linux", 1)),
                1);

        Turn.Outcome outcome = take(m1, turn);

        assertThat(outcome.completed()).containsExactly(completes);
        assertThat(outcome.released()).isEmpty();
        assertThat(outcome.later()).containsExactlyInAnyOrder(locked, lockedToo);
        assertThat(brids(outcome.claimed())).containsExactly(next);
        assertThat(brids(database.claims().held(m1))).contains(locked, lockedToo);
        database.unlock();
        assertThat(take(m1, completes(held.get(1), Results.SUCCESS)).completed())
                .containsExactly(locked);
        assertThat(take(m1, releases(held.get(2))).released()).containsExactly(lockedToo);
    }

    @Test
    void a_released_buildrequest_can_be_claimed_again_by_anybody() {
        Authority m1 = register("m1");
        int brid = submit("linux");
        Claim claim = claim(m1, "linux", 1).get(0);

        Turn.Outcome outcome = take(m1, releases(claim));

        assertThat(outcome.released()).containsExactly(brid);
        assertThat(take(m1, releases(claim)).released()).isEmpty();
        Claim next = claim(register("m2"), "linux", 1).get(0);
        assertThat(next.brid()).isEqualTo(brid);
        assertThat(take(m1, completes(claim, Results.SUCCESS)).completed()).isEmpty();
    }

    @Test
    void a_release_with_another_attempt_is_refused() {
        Authority m1 = register("m1");
        submit("linux");
        Claim claim = claim(m1, "linux", 1).get(0);
        Turn wrong = new Turn(
                UUID.randomUUID(),
                List.of(),
                List.of(new Turn.Release(new Attempt(claim.brid(), UUID.randomUUID()), "test")),
                List.of(),
                0);

        assertThat(take(m1, wrong).released()).isEmpty();
        assertThat(database.claims().held(m1)).containsExactly(claim);
    }

    @Test
    void one_turn_completes_releases_and_claims() {
        Authority m1 = register("m1");
        int done = submit("linux", 3, 1_000);
        int back = submit("linux", 2, 1_000);
        int next = submit("linux", 1, 1_000);
        List<Claim> held = claim(m1, "linux", 2);

        Turn.Outcome outcome = take(
                m1,
                new Turn(
                        UUID.randomUUID(),
                        List.of(new Completion(held.get(0).attempt(), Results.WARNINGS)),
                        List.of(new Turn.Release(held.get(1).attempt(), "test")),
                        List.of(wanted("linux", 2)),
                        2));

        assertThat(outcome.completed()).containsExactly(done);
        assertThat(outcome.released()).containsExactly(back);
        assertThat(brids(outcome.claimed())).contains(next);
        assertThat(database.resultsOf(done)).hasValue(Results.WARNINGS);
    }

    private static Turn chooses(Turn.Chosen... chosen) {
        return new Turn(UUID.randomUUID(), List.of(), List.of(), List.of(), 0, Set.of(), List.of(chosen));
    }

    private Turn.Chosen chosen(String builder, int brid) {
        return new Turn.Chosen(database.builder(builder), brid);
    }

    @Test
    void exactly_the_chosen_buildrequests_are_claimed_and_another_masters_are_passed_over() {
        Authority m1 = register("m1");
        Authority m2 = register("m2");
        int first = submit("linux", 9, 1_000);
        int second = submit("linux");
        int taken = submit("linux", 10, 1_000);
        claim(m2, "linux", 1);
        int ofAnother = submit("mac");
        Turn turn = chooses(
                chosen("linux", second), chosen("linux", taken), chosen("linux", ofAnother), chosen("linux", 999_999));

        Turn.Outcome outcome = take(m1, turn);

        assertThat(brids(outcome.claimed())).containsExactly(second);
        assertThat(outcome.claimed().get(0).attempt().token()).isEqualTo(turn.token());
        assertThat(database.claims().held(m1)).isEqualTo(outcome.claimed());
        assertThat(take(m2, turn).claimed()).isEmpty();
        assertThat(brids(claim(m2, "linux", 9))).containsExactly(first);
    }

    @Test
    void what_is_chosen_is_claimed_beside_what_the_slots_take() {
        Authority m1 = register("m1");
        int head = submit("linux");
        submit("mac");
        int chosen = submit("mac");
        Turn turn = new Turn(
                UUID.randomUUID(),
                List.of(),
                List.of(),
                List.of(wanted("linux", 5)),
                5,
                Set.of(),
                List.of(chosen("mac", chosen)));

        assertThat(brids(take(m1, turn).claimed())).containsExactlyInAnyOrder(head, chosen);
    }

    @Test
    void a_draining_master_claims_nothing_that_is_chosen_and_one_whose_epoch_is_over_is_fenced() {
        Authority before = register("m1");
        int brid = submit("linux");
        database.drain("m1", true);
        Turn.Outcome outcome = take(before, chooses(chosen("linux", brid)));
        assertThat(outcome.claimed()).isEmpty();
        assertThat(outcome.draining()).isTrue();
        database.drain("m1", false);

        register("m1");

        assertThatThrownBy(() -> take(before, chooses(chosen("linux", brid)))).isInstanceOf(Fenced.class);
    }

    @Test
    void candidates_are_in_the_order_of_the_queue_and_are_not_claimed() {
        Authority m1 = register("m1");
        int late = submit("linux", 0, 2_000);
        int urgent = submit("mac", 5, 9_000);
        int early = submit("linux", 0, 1_000);
        submit("linux", -1, 1);

        assertThat(database.claims().candidates(wants(9, wanted("linux", 2), wanted("mac", 2))))
                .containsExactly(
                        new Claims.Candidate(urgent, database.builder("mac"), 5),
                        new Claims.Candidate(early, database.builder("linux"), 0),
                        new Claims.Candidate(late, database.builder("linux"), 0));
        assertThat(database.claims().held(m1)).isEmpty();
    }

    @Test
    void a_draining_master_claims_nothing_but_completes_and_releases() {
        Authority m1 = register("m1");
        int done = submit("linux");
        submit("linux");
        submit("linux");
        List<Claim> held = claim(m1, "linux", 2);
        database.drain("m1", true);

        Turn.Outcome outcome = take(
                m1,
                new Turn(
                        UUID.randomUUID(),
                        List.of(new Completion(held.get(0).attempt(), Results.SUCCESS)),
                        List.of(new Turn.Release(held.get(1).attempt(), "test")),
                        List.of(wanted("linux", 5)),
                        5));

        assertThat(outcome.draining()).isTrue();
        assertThat(outcome.claimed()).isEmpty();
        assertThat(outcome.completed()).containsExactly(done);
        assertThat(outcome.released()).containsExactly(held.get(1).brid());

        database.drain("m1", false);
        assertThat(claim(m1, "linux", 5)).hasSize(2);
    }

    @Test
    void a_buildset_is_finished_when_its_last_buildrequest_is_complete() {
        Authority m1 = register("m1");
        List<Integer> brids = database.submit(List.of("linux", "mac"), 0, 1_000);
        Claim linux = claim(m1, "linux", 1).get(0);
        Claim mac = claim(m1, "mac", 1).get(0);

        take(m1, completes(linux, Results.SUCCESS));
        database.claims().finishBuildsets(List.of(linux.brid()));
        assertThat(database.resultsOfBuildsetOf(brids.get(0))).isEmpty();

        take(m1, completes(mac, Results.EXCEPTION));
        database.claims().finishBuildsets(List.of(mac.brid()));
        assertThat(database.resultsOfBuildsetOf(brids.get(0))).hasValue(Results.FAILURE);
    }

    @Test
    void a_buildrequest_that_nobody_holds_is_pending_for_its_builder() {
        Authority m1 = register("m1");
        submit("linux");
        List<Integer> linux = List.of(database.builder("linux"));
        assertThat(database.claims().isPending(linux)).isTrue();
        assertThat(database.claims().isPending(List.of(database.builder("mac"))))
                .isFalse();
        assertThat(database.claims().isPending(List.of())).isFalse();

        Claim claim = claim(m1, "linux", 1).get(0);
        assertThat(database.claims().isPending(linux)).isFalse();

        take(m1, releases(claim));
        assertThat(database.claims().isPending(linux)).isTrue();

        take(m1, completes(claim(m1, "linux", 1).get(0), Results.SUCCESS));
        assertThat(database.claims().isPending(linux)).isFalse();
    }

    @Test
    void a_buildrequest_that_an_operator_wants_to_cancel_is_not_queued_again_when_it_is_released() {
        Authority m1 = register("m1");
        List<Integer> brids = List.of(submit("linux"), submit("linux"));
        List<Claim> held = claim(m1, "linux", 2);
        database.askToCancel(brids.get(0));

        Turn.Outcome outcome = take(
                m1,
                new Turn(
                        UUID.randomUUID(),
                        List.of(),
                        held.stream()
                                .map(claim -> new Turn.Release(claim.attempt(), "test"))
                                .toList(),
                        List.of(),
                        0));
        database.claims().finishBuildsets(outcome.released());

        assertThat(outcome.released()).containsExactlyInAnyOrderElementsOf(brids);
        assertThat(database.resultsOf(brids.get(0))).hasValue(Results.CANCELLED);
        assertThat(database.resultsOfBuildsetOf(brids.get(0))).hasValue(Results.FAILURE);
        assertThat(brids(claim(register("m2"), "linux", 9))).containsExactly(brids.get(1));
    }

    @Test
    void a_holder_can_read_which_of_its_claims_operators_want_to_cancel() {
        Authority m1 = register("m1");
        Authority m2 = register("m2");
        submit("linux");
        submit("linux");
        List<Claim> held = claim(m1, "linux", 2);
        database.askToCancel(held.get(1).brid());

        assertThat(database.claims().cancellations(m1))
                .containsExactly(held.get(1).brid());
        assertThat(database.claims().cancellations(m2)).isEmpty();

        take(m1, completes(held.get(1), Results.CANCELLED));
        assertThat(database.claims().cancellations(m1)).isEmpty();
    }
}
