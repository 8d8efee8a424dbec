package org.quorate.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.quorate.claim.Claim;
import org.quorate.claim.Results;
import org.quorate.claim.Turn;
import org.quorate.event.Batch;
import org.quorate.master.Authority;
import org.quorate.master.Failovers.FailOver;
import org.quorate.master.Fenced;
import org.quorate.master.MasterRow;
import org.quorate.master.Masters;
import org.quorate.master.Registration;
import org.quorate.scheduler.Tick;
import org.quorate.time.ClockOffset;

/** The contract of every {@link Masters}, in PostgreSQL or in memory. */
public abstract class MastersContract extends DatabaseContract {
    @Test
    void an_epoch_that_an_operator_wants_to_end_is_reported_until_it_ends() {
        Authority first = register("m1");
        assertThat(database.masters().orders(first).restart()).isFalse();

        database.requestRestart("m1");

        assertThat(database.masters().orders(first).restart()).isTrue();
        assertThat(database.masters().isCurrent(first))
                .as("only its agent ends it")
                .isTrue();
        assertThat(database.masters().orders(register("m1")).restart()).isFalse();
    }

    @Test
    void the_answer_about_an_operators_orders_has_the_databases_clock() {
        Authority m1 = register("m1");

        assertThat(database.masters().orders(m1).at().getEpochSecond())
                .isCloseTo(database.nowEpochSecond(), within(60L));
    }

    @Test
    void what_an_agent_says_of_its_clock_is_shown_for_its_epoch_only() {
        Authority first = register("m1");
        ClockOffset clock = new ClockOffset(Duration.ofMillis(-71_200), Duration.ofMillis(3));
        assertThat(database.clockAheadMillis("m1")).isEmpty();

        database.masters().publishClock(first, clock);
        assertThat(database.clockAheadMillis("m1")).hasValue(-71_200);

        register("m1");
        assertThat(database.clockAheadMillis("m1")).isEmpty();
        database.masters().publishClock(first, clock);
        assertThat(database.clockAheadMillis("m1")).isEmpty();
    }

    @Test
    void a_new_master_is_active_in_an_epoch_no_less_than_the_number_from_zookeeper() {
        UUID incarnation = UUID.randomUUID();

        Registration registration = database.masters().register("m1", incarnation, 42);

        assertThat(registration.authority().epoch()).isEqualTo(42);
        assertThat(registration.resumed()).isFalse();
        assertThat(registration.draining()).isFalse();
        assertThat(registration.released()).isZero();
        assertThat(database.masters().list())
                .containsExactly(new MasterRow(
                        registration.authority().masterid(), "m1", 42, incarnation, MasterRow.State.ACTIVE, false));
    }

    @Test
    void an_agent_that_knows_its_epoch_keeps_claims_and_schedulers_in_a_new_incarnation() {
        Authority before = register("m1");
        int brid = submit("linux");
        claim(before, "linux", 1);
        ownNightly(before);

        Registration again = database.masters()
                .resume("m1", UUID.randomUUID(), before.epoch())
                .orElseThrow();

        assertThat(again.resumed()).isTrue();
        assertThat(again.released()).isZero();
        assertThat(again.authority().epoch()).isEqualTo(before.epoch());
        assertThat(brids(database.claims().held(again.authority()))).containsExactly(brid);
        assertThat(database.schedulers().list().get(0).owner()).contains("m1");
        assertThat(database.masters().isCurrent(before)).isFalse();
    }

    @Test
    void only_the_successor_of_the_incarnation_that_holds_an_epoch_resumes_it() {
        Authority before = register("m1");
        UUID heir = UUID.randomUUID();
        UUID clone = UUID.randomUUID();
        assertThat(database.masters().holder("m1", before.epoch())).contains(before.incarnation());
        assertThat(database.masters().holder("m1", before.epoch() + 1)).isEmpty();

        assertThat(database.masters().resume("m1", heir, before.epoch(), Set.of(before.incarnation())))
                .isPresent();
        assertThat(database.masters().resume("m1", clone, before.epoch(), Set.of(before.incarnation())))
                .isEmpty();

        assertThat(database.masters().holder("m1", before.epoch())).contains(heir);
        assertThat(database.masters().resume("m1", clone, before.epoch(), Set.of(before.incarnation(), heir)))
                .isPresent();
    }

    @Test
    void an_agent_without_memory_begins_a_new_epoch_and_what_the_old_one_held_is_released() {
        Authority before = register("m1");
        int brid = submit("linux");
        claim(before, "linux", 1);
        ownNightly(before);

        Registration again = database.masters().register("m1", UUID.randomUUID(), 0);

        assertThat(again.resumed()).isFalse();
        assertThat(again.released()).isEqualTo(1);
        assertThat(again.authority().epoch()).isGreaterThan(before.epoch());
        assertThat(database.claims().held(again.authority())).isEmpty();
        assertThat(database.schedulers().list().get(0).owner()).isEmpty();
        assertThat(brids(claim(register("m2"), "linux", 1))).containsExactly(brid);
    }

    @Test
    void an_epoch_that_was_ended_cannot_be_resumed() {
        Authority victim = register("m2");
        failOver(lead(), victim);
        MasterRow fenced = row(victim);

        assertThat(database.masters().resume("m2", UUID.randomUUID(), victim.epoch()))
                .isEmpty();
        assertThat(database.masters().resume("m2", UUID.randomUUID(), fenced.epoch()))
                .as("the number that ended the epoch cannot be resumed either")
                .isEmpty();
        assertThat(database.masters().resume("m9", UUID.randomUUID(), victim.epoch()))
                .isEmpty();

        assertThat(row(victim)).isEqualTo(fenced);
        Registration again = database.masters().register("m2", UUID.randomUUID(), 0);
        assertThat(again.resumed()).isFalse();
        assertThat(again.authority().epoch()).isGreaterThan(victim.epoch());
    }

    @Test
    void an_epoch_grows_even_when_zookeeper_lost_its_numbers() {
        Authority first =
                database.masters().register("m1", UUID.randomUUID(), 5_000).authority();

        Authority second =
                database.masters().register("m1", UUID.randomUUID(), 3).authority();

        assertThat(first.epoch()).isEqualTo(5_000);
        assertThat(second.epoch()).isEqualTo(5_001);
    }

    @Test
    void a_stale_authority_is_refused_everywhere() {
        Authority stale = register("m1");
        submit("linux");
        Claim claim = claim(stale, "linux", 1).get(0);
        long term = ownNightly(stale);
        Authority current = register("m1");
        Authority guessed = new Authority(current.masterid(), current.epoch(), UUID.randomUUID());

        for (Authority refused : List.of(stale, guessed)) {
            assertThat(database.masters().isCurrent(refused)).isFalse();
            assertFenced(() -> claim(refused, "linux", 1));
            assertFenced(() -> take(refused, completes(claim, Results.SUCCESS)));
            assertFenced(() -> take(refused, releases(claim)));
            assertFenced(() -> take(refused, wants(0)));
            assertFenced(() -> database.claims().held(refused));
            assertFenced(() -> database.masters().lead(refused, 0));
            assertFenced(() -> database.masters().leave(refused, "test"));
            assertFenced(() -> database.masters().offerBuilders(refused, List.of("mac")));
            assertFenced(() -> database.schedulers().enlist(refused, List.of("hourly")));
            assertFenced(() -> database.schedulers().own(refused, "nightly", 0));
            assertFenced(() -> database.schedulers().disown(refused, "nightly", term));
            assertFenced(() -> database.schedulers()
                    .tick(refused, new Tick("nightly", term, "at 1", 1, List.of("linux"), 0, "test", "{}")));
        }
        assertThat(database.masters().isCurrent(current)).isTrue();
        assertThat(database.resultsOf(claim.brid())).isEmpty();
    }

    @Test
    void a_buildrequest_that_an_operator_wants_to_cancel_is_not_built_again_however_its_master_ends() {
        Map<String, Consumer<Authority>> ends = Map.of(
                "failed over", m2 -> failOver(lead(), m2),
                "registered again", m2 -> register("m2"),
                "left", m2 -> database.masters().leave(m2, "test"));
        ends.forEach((how, end) -> {
            Authority m2 = register("m2");
            int unwanted = submit(how);
            int wanted = submit(how);
            claim(m2, how, 2);
            database.askToCancel(unwanted);

            end.accept(m2);

            assertThat(database.resultsOf(unwanted)).as(how).hasValue(Results.CANCELLED);
            assertThat(database.resultsOfBuildsetOf(unwanted)).as(how).hasValue(Results.FAILURE);
            assertThat(brids(claim(register("m3"), how, 9))).as(how).containsExactly(wanted);
        });
    }

    @Test
    void a_master_that_leaves_holds_nothing_and_is_dead() {
        Authority leaving = register("m1");
        int brid = submit("linux");
        claim(leaving, "linux", 1);
        ownNightly(leaving);

        database.masters().leave(leaving, "stopped");

        assertThat(row(leaving).state()).isEqualTo(MasterRow.State.DEAD);
        assertThat(database.masters().isCurrent(leaving)).isFalse();
        Authority heir = register("m2");
        assertThat(brids(claim(heir, "linux", 1))).containsExactly(brid);
        assertThat(database.schedulers().own(heir, "nightly", 0)).isPresent();
    }

    @Test
    void a_drain_outlives_restarts_and_failovers() {
        Authority drained = register("m2");
        database.drain("m2", true);
        failOver(lead(), drained);

        Registration again = database.masters().register("m2", UUID.randomUUID(), 0);

        assertThat(again.draining()).isTrue();
        assertThat(row(drained).draining()).isTrue();
    }

    @Test
    void leader_epochs_only_grow() {
        Authority m1 = register("m1");
        Authority m2 = register("m2");

        long first = database.masters().lead(m1, 70);
        long second = database.masters().lead(m2, 3);

        assertThat(first).isEqualTo(70);
        assertThat(second).isEqualTo(71);
    }

    @Test
    void a_victim_without_a_session_loses_everything_in_the_commit_that_fences_it() {
        Authority victim = register("m2");
        List<Integer> brids = List.of(submit("linux"), submit("linux"));
        claim(victim, "linux", 2);
        ownNightly(victim);
        Lead lead = lead();

        FailOver failOver = failOver(lead, victim);

        assertThat(failOver.result()).isEqualTo(FailOver.Result.RELEASED);
        assertThat(failOver.released()).isEqualTo(2);
        assertThat(failOver.epoch()).isGreaterThan(victim.epoch());
        assertThat(row(victim).state()).isEqualTo(MasterRow.State.DEAD);
        assertThat(row(victim).epoch()).isEqualTo(failOver.epoch());
        assertFenced(() -> claim(victim, "linux", 1));
        assertThat(brids(claim(lead.authority(), "linux", 2))).isEqualTo(brids);
        assertThat(database.schedulers().own(lead.authority(), "nightly", 0)).isPresent();
    }

    @Test
    void a_victim_with_a_session_is_fenced_at_once_and_released_by_the_second_half_of_a_failover() {
        Authority victim = register("m2");
        int brid = submit("linux");
        claim(victim, "linux", 1);
        database.openSession("m2");
        Lead lead = lead();

        FailOver failOver = failOver(lead, victim);

        assertThat(failOver.result()).isEqualTo(FailOver.Result.FENCED);
        assertThat(failOver.released()).isZero();
        assertThat(row(victim).state()).isEqualTo(MasterRow.State.FENCED);
        assertFenced(() -> claim(victim, "linux", 1));
        assertThat(claim(lead.authority(), "linux", 1)).isEmpty();

        int released = database.masters().release(lead.authority(), lead.epoch(), victim.masterid());

        assertThat(released).isEqualTo(1);
        assertThat(row(victim).state()).isEqualTo(MasterRow.State.DEAD);
        assertThat(brids(claim(lead.authority(), "linux", 1))).containsExactly(brid);
    }

    @Test
    void a_fenced_master_that_registers_again_releases_its_claims_itself_and_is_not_released_again() {
        Authority victim = register("m2");
        submit("linux");
        claim(victim, "linux", 1);
        database.openSession("m2");
        Lead lead = lead();
        failOver(lead, victim);

        Registration again = database.masters().register("m2", UUID.randomUUID(), 0);
        claim(again.authority(), "linux", 1);

        assertThat(again.released()).isEqualTo(1);
        assertThat(database.masters().release(lead.authority(), lead.epoch(), victim.masterid()))
                .isZero();
        assertThat(database.claims().held(again.authority())).hasSize(1);
    }

    @Test
    void the_second_half_of_a_failover_does_nothing_to_an_active_master_or_for_a_deposed_housekeeper() {
        Authority victim = register("m2");
        submit("linux");
        claim(victim, "linux", 1);
        Lead lead = lead();
        assertThat(database.masters().release(lead.authority(), lead.epoch(), victim.masterid()))
                .isZero();

        database.openSession("m2");
        failOver(lead, victim);
        database.masters().lead(register("m3"), 0);

        assertThat(database.masters().release(lead.authority(), lead.epoch(), victim.masterid()))
                .isZero();
        assertThat(row(victim).state()).isEqualTo(MasterRow.State.FENCED);
    }

    @Test
    void a_deposed_housekeeper_fences_nobody() {
        Authority victim = register("m2");
        Lead old = lead();
        Lead other = new Lead(old.authority(), database.masters().lead(old.authority(), 0));
        Authority m3 = register("m3");
        database.masters().lead(m3, 0);

        assertThat(failOver(old, victim).result()).isEqualTo(FailOver.Result.DEPOSED);
        assertThat(failOver(other, victim).result()).isEqualTo(FailOver.Result.DEPOSED);
        assertThat(failOver(new Lead(m3, old.epoch()), victim).result()).isEqualTo(FailOver.Result.DEPOSED);
        assertThat(database.masters().isCurrent(victim)).isTrue();
    }

    @Test
    void a_victim_whose_epoch_moved_on_or_that_is_gone_is_left_alone() {
        Authority judged = register("m2");
        Authority again = register("m2");
        Lead lead = lead();

        assertThat(failOver(lead, judged).result()).isEqualTo(FailOver.Result.NOTHING);
        assertThat(database.masters().isCurrent(again)).isTrue();

        database.masters().leave(again, "stopped");
        assertThat(failOver(lead, again).result()).isEqualTo(FailOver.Result.NOTHING);
        assertThat(failOver(lead, new Authority(999_999, 1, NOBODY)).result()).isEqualTo(FailOver.Result.NOTHING);
    }

    @Test
    void the_sessions_of_one_agent_can_be_ended() {
        register("m2");
        database.openSession("m2");
        database.openSession("m3");

        assertThat(database.masters().endSessions("m2")).isEqualTo(1);
        assertThat(database.masters().endSessions("m9")).isZero();
    }

    @Test
    void offered_builders_are_created_if_missing_and_their_ids_are_returned() {
        int linux = database.builder("linux");

        var ids = database.masters().offerBuilders(register("m1"), List.of("linux", "mac"));

        assertThat(ids).containsOnlyKeys("linux", "mac").containsEntry("linux", linux);
        assertThat(ids).containsEntry("mac", database.builder("mac"));
    }

    @Test
    void tidying_finishes_buildsets_that_a_crashed_agent_left_open() {
        Lead lead = lead();
        int brid = submit("linux");
        Turn completion = completes(claim(lead.authority(), "linux", 1).get(0), Results.SUCCESS);
        take(lead.authority(), completion);
        assertThat(database.resultsOfBuildsetOf(brid)).isEmpty();

        assertThat(database.masters().tidy(lead.authority(), lead.epoch() - 1, Duration.ofDays(30)))
                .isZero();
        assertThat(database.masters().tidy(lead.authority(), lead.epoch(), Duration.ofDays(30)))
                .isEqualTo(1);
        assertThat(database.resultsOfBuildsetOf(brid)).hasValue(Results.SUCCESS);
    }

    @Test
    void tidying_deletes_events_that_are_older_than_an_hour() {
        Lead lead = lead();
        database.publish("[\"old\"]");
        database.age(Duration.ofMinutes(61));
        database.publish("[\"young\"]");
        database.age(Duration.ofMinutes(58));

        database.masters().tidy(lead.authority(), lead.epoch() - 1, Duration.ofDays(30));
        assertThat(database.events().read(99, NOTHING_HEARD, 9)).hasSize(2);
        database.masters().tidy(lead.authority(), lead.epoch(), Duration.ofDays(30));

        assertThat(database.events().read(99, NOTHING_HEARD, 9))
                .extracting(Batch::events)
                .containsExactly("[\"young\"]");
    }

    private record Lead(Authority authority, long epoch) {}

    private Lead lead() {
        Authority authority = register("m1");
        return new Lead(authority, database.masters().lead(authority, 0));
    }

    private FailOver failOver(Lead lead, Authority victim) {
        return database.masters()
                .failOver(lead.authority(), lead.epoch(), victim.masterid(), victim.epoch(), 0, "it was absent");
    }

    private long ownNightly(Authority authority) {
        database.schedulers().enlist(authority, List.of("nightly"));
        return database.schedulers().own(authority, "nightly", 0).orElseThrow().term();
    }

    private static void assertFenced(Runnable write) {
        assertThatThrownBy(write::run).isInstanceOf(Fenced.class);
    }
}
