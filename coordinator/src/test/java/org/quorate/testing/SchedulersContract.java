package org.quorate.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.quorate.claim.Claim;
import org.quorate.claim.Results;
import org.quorate.master.Authority;
import org.quorate.master.Fenced;
import org.quorate.scheduler.Ownership;
import org.quorate.scheduler.SchedulerRow;
import org.quorate.scheduler.Schedulers;
import org.quorate.scheduler.Schedulers.TickResult;
import org.quorate.scheduler.Tick;

/** The contract of every {@link Schedulers}, in PostgreSQL or in memory. */
public abstract class SchedulersContract extends DatabaseContract {
    @Test
    void an_enlisted_scheduler_is_enabled_and_owned_by_nobody() {
        Authority m1 = register("m1");

        database.schedulers().enlist(m1, List.of("nightly", "hourly"));
        database.schedulers().enlist(m1, List.of("nightly"));

        assertThat(database.schedulers().list()).extracting(SchedulerRow::name).containsExactly("hourly", "nightly");
        assertThat(database.schedulers().list()).allSatisfy(row -> {
            assertThat(row.enabled()).isTrue();
            assertThat(row.owner()).isEmpty();
            assertThat(row.preferred()).isEmpty();
        });
    }

    @Test
    void the_first_to_own_a_scheduler_begins_a_term_and_others_get_nothing() {
        Authority m1 = enlisted("m1");
        Authority m2 = register("m2");

        Ownership ownership = own(m1).orElseThrow();

        assertThat(ownership.scheduler()).isEqualTo("nightly");
        assertThat(ownership.enabled()).isTrue();
        assertThat(ownership.lastTickEpochSecond()).isZero();
        assertThat(ownership.nowEpochMillis() / 1_000).isCloseTo(database.nowEpochSecond(), within());
        assertThat(own(m2)).isEmpty();
        assertThat(row().owner()).contains("m1");
        assertThat(row().term()).isEqualTo(ownership.term());
    }

    @Test
    void of_masters_that_contend_at_the_same_time_one_wins() throws Exception {
        Authority m1 = enlisted("m1");
        List<Authority> masters = List.of(m1, register("m2"), register("m3"), register("m4"));
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService threads = Executors.newFixedThreadPool(masters.size());
        try {
            List<Future<Optional<Ownership>>> races = masters.stream()
                    .map(master -> threads.submit((Callable<Optional<Ownership>>) () -> {
                        start.await();
                        return own(master);
                    }))
                    .toList();
            start.countDown();
            int winners = 0;
            for (Future<Optional<Ownership>> race : races) {
                winners += race.get(5, TimeUnit.MINUTES).isPresent() ? 1 : 0;
            }
            assertThat(winners).isEqualTo(1);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void nobody_owns_a_scheduler_that_was_never_enlisted() {
        assertThat(database.schedulers().own(register("m1"), "unheard", 0)).isEmpty();
    }

    @Test
    void terms_only_grow_and_are_no_less_than_the_number_from_zookeeper() {
        Authority m1 = enlisted("m1");
        long first = database.schedulers().own(m1, "nightly", 90).orElseThrow().term();
        database.schedulers().disown(m1, "nightly", first);

        long second = database.schedulers()
                .own(register("m2"), "nightly", 4)
                .orElseThrow()
                .term();

        assertThat(first).isEqualTo(90);
        assertThat(second).isEqualTo(91);
    }

    @Test
    void an_agent_that_restarted_begins_a_new_term_of_the_scheduler_that_it_owned() {
        Authority before = enlisted("m1");
        long term = own(before).orElseThrow().term();
        Authority after = database.masters()
                .resume("m1", UUID.randomUUID(), before.epoch())
                .orElseThrow()
                .authority();

        long next = own(after).orElseThrow().term();

        assertThat(next).isGreaterThan(term);
        assertThatThrownBy(() -> database.schedulers().tick(after, at(term, 0))).isInstanceOf(Fenced.class);
    }

    @Test
    void a_scheduler_that_was_handed_over_can_be_owned_at_once() {
        Authority m1 = enlisted("m1");
        long term = own(m1).orElseThrow().term();

        database.schedulers().disown(m1, "nightly", term);

        assertThat(row().owner()).isEmpty();
        assertThat(own(register("m2"))).isPresent();
    }

    @Test
    void a_term_that_is_over_cannot_be_handed_over_again() {
        Authority m1 = enlisted("m1");
        Authority m2 = register("m2");
        long term = own(m1).orElseThrow().term();
        database.schedulers().disown(m1, "nightly", term);
        own(m2);

        database.schedulers().disown(m1, "nightly", term);

        assertThat(row().owner()).contains("m2");
    }

    @Test
    void a_draining_master_begins_no_term() {
        Authority m1 = enlisted("m1");
        database.drain("m1", true);

        assertThat(own(m1)).isEmpty();
    }

    @Test
    void a_master_whose_epoch_ended_owns_nothing_any_more() {
        Authority m1 = enlisted("m1");
        long term = own(m1).orElseThrow().term();
        register("m1");

        assertThat(row().owner()).isEmpty();
        assertThat(own(register("m2")).orElseThrow().term()).isGreaterThan(term);
    }

    @Test
    void an_operators_preference_is_shown() {
        enlisted("m1");
        register("m2");

        database.move("nightly", "m2");

        assertThat(row().preferred()).contains("m2");
    }

    @Test
    void a_tick_commits_a_buildset_with_one_buildrequest_a_builder() {
        Authority m1 = enlisted("m1");
        database.builder("linux");
        database.builder("mac");
        long term = own(m1).orElseThrow().term();
        Tick tick = new Tick(
                "nightly",
                term,
                "at 10",
                10,
                List.of("linux", "mac"),
                4,
                "the nightly build",
                "{\"branch\": \"main\"}");

        TickResult result = database.schedulers().tick(m1, tick);

        assertThat(result.state()).isEqualTo(TickResult.State.COMMITTED);
        Claim linux = claim(m1, "linux", 9).get(0);
        Claim mac = claim(m1, "mac", 9).get(0);
        assertThat(List.of(linux.buildsetid(), mac.buildsetid())).containsOnly(result.buildsetid());
        assertThat(linux.priority()).isEqualTo(4);
        assertThat(linux.properties().replace(" ", ""))
                .contains("\"branch\":\"main\"")
                .contains("\"scheduler\":\"nightly\"");
    }

    @Test
    void an_occasion_ticks_once_over_all_terms_and_masters() {
        Authority m1 = enlisted("m1");
        Authority m2 = register("m2");
        database.builder("linux");
        long first = own(m1).orElseThrow().term();

        assertThat(tick(m1, first, 100)).isEqualTo(TickResult.State.COMMITTED);
        assertThat(tick(m1, first, 100)).isEqualTo(TickResult.State.ALREADY);
        database.schedulers().disown(m1, "nightly", first);
        Ownership second = own(m2).orElseThrow();

        assertThat(second.lastTickEpochSecond()).isEqualTo(100);
        assertThat(tick(m2, second.term(), 100)).isEqualTo(TickResult.State.ALREADY);
        assertThat(tick(m2, second.term(), 200)).isEqualTo(TickResult.State.COMMITTED);
        assertThat(claim(m2, "linux", 9)).hasSize(2);
    }

    @Test
    void a_tick_of_a_term_that_is_over_is_refused() {
        Authority m1 = enlisted("m1");
        Authority m2 = register("m2");
        long term = own(m1).orElseThrow().term();
        database.schedulers().disown(m1, "nightly", term);

        assertThatThrownBy(() -> database.schedulers().tick(m1, at(term, 0))).isInstanceOf(Fenced.class);
        long next = own(m2).orElseThrow().term();
        assertThatThrownBy(() -> database.schedulers().tick(m1, at(next, 0))).isInstanceOf(Fenced.class);
        assertThatThrownBy(() -> database.schedulers().tick(m2, at(term, 0))).isInstanceOf(Fenced.class);
    }

    @Test
    void a_tick_before_its_time_by_the_databases_clock_is_early_and_may_come_again() {
        Authority m1 = enlisted("m1");
        database.builder("linux");
        long term = own(m1).orElseThrow().term();

        TickResult result = database.schedulers().tick(m1, at(term, database.nowEpochSecond() + 3_600));

        assertThat(result.state()).isEqualTo(TickResult.State.EARLY);
        assertThat(result.nowEpochMillis() / 1_000).isCloseTo(database.nowEpochSecond(), within());
        assertThat(claim(m1, "linux", 9)).isEmpty();
    }

    @Test
    void a_disabled_scheduler_does_not_tick_until_it_is_enabled() {
        Authority m1 = enlisted("m1");
        database.builder("linux");
        database.enable("nightly", false);
        Ownership ownership = own(m1).orElseThrow();

        assertThat(ownership.enabled()).isFalse();
        assertThat(tick(m1, ownership.term(), 100)).isEqualTo(TickResult.State.DISABLED);

        database.enable("nightly", true);
        assertThat(tick(m1, ownership.term(), 100)).isEqualTo(TickResult.State.COMMITTED);
    }

    @Test
    void a_drained_masters_tick_waits_and_its_term_goes_on() {
        Authority m1 = enlisted("m1");
        database.builder("linux");
        long term = own(m1).orElseThrow().term();
        database.drain("m1", true);

        assertThat(tick(m1, term, 100)).isEqualTo(TickResult.State.DRAINED);
        assertThat(row().owner()).contains("m1");

        database.drain("m1", false);
        assertThat(tick(m1, term, 100)).isEqualTo(TickResult.State.COMMITTED);
    }

    @Test
    void a_dependent_scheduler_is_due_once_for_each_successful_buildset_of_its_upstream() {
        Authority m1 = enlisted("m1");
        database.schedulers().enlist(m1, List.of("deploy"));
        database.builder("linux");
        long term = own(m1).orElseThrow().term();
        long now = database.nowEpochSecond();
        int good = database.schedulers().tick(m1, at(term, now - 20)).buildsetid();
        database.schedulers().tick(m1, at(term, now - 10));
        List<Claim> claims = claim(m1, "linux", 2);
        assertThat(database.schedulers().due("deploy", "nightly")).isEmpty();

        for (Claim claim : claims) {
            take(m1, completes(claim, claim.buildsetid() == good ? Results.SUCCESS : Results.FAILURE));
        }
        database.claims().finishBuildsets(brids(claims));
        assertThat(database.schedulers().due("deploy", "nightly")).containsExactly(good);

        long deploy = database.schedulers().own(m1, "deploy", 0).orElseThrow().term();
        Tick follow =
                new Tick("deploy", deploy, "buildset " + good, now - 1, List.of("linux"), 0, "after nightly", "{}");
        assertThat(database.schedulers().tick(m1, follow).state()).isEqualTo(TickResult.State.COMMITTED);
        assertThat(database.schedulers().due("deploy", "nightly")).isEmpty();
    }

    @Test
    void a_change_source_is_owned_as_a_scheduler_is_and_is_none_of_the_same_name() {
        Authority m1 = enlisted("m1");
        Authority m2 = register("m2");
        database.schedulers().enlist(m1, List.of("git", "changesource:git", "changesource:pb:9989"));
        database.schedulers().enlist(m2, List.of("changesource:git"));

        Ownership source = database.schedulers().own(m1, "changesource:git", 0).orElseThrow();

        assertThat(source.scheduler()).isEqualTo("changesource:git");
        assertThat(source.enabled()).isTrue();
        assertThat(database.schedulers().own(m2, "changesource:git", 0)).isEmpty();
        assertThat(database.schedulers().own(m2, "git", 0)).isPresent();
        assertThat(database.schedulers().list())
                .filteredOn(row -> row.owner().isPresent())
                .extracting(row -> row.name() + " " + row.owner().orElseThrow())
                .containsExactly("changesource:git m1", "git m2");

        database.schedulers().disown(m1, "changesource:git", source.term());
        database.move("changesource:git", "m2");

        assertThat(database.schedulers()
                        .own(m2, "changesource:git", 0)
                        .orElseThrow()
                        .term())
                .isGreaterThan(source.term());
        assertThat(database.schedulers().list())
                .filteredOn(row -> row.name().equals("changesource:git"))
                .extracting(SchedulerRow::preferred)
                .containsExactly(Optional.of("m2"));
    }

    @Test
    void a_master_that_leaves_owns_no_change_source_any_more() {
        Authority m1 = enlisted("m1");
        database.schedulers().enlist(m1, List.of("changesource:git"));
        database.schedulers().own(m1, "changesource:git", 0);

        database.masters().leave(m1, "stopped");

        assertThat(database.schedulers().own(register("m2"), "changesource:git", 0))
                .isPresent();
    }

    @Test
    void a_new_dependent_scheduler_does_not_follow_earlier_buildsets_of_its_upstream() {
        Authority m1 = enlisted("m1");
        fire(m1, 100);
        database.schedulers().enlist(m1, List.of("deploy"));
        assertThat(database.schedulers().due("deploy", "nightly")).isEmpty();

        int after = fire(m1, 200);

        assertThat(database.schedulers().due("deploy", "nightly")).containsExactly(after);
    }

    @Test
    void a_dependent_scheduler_that_was_disabled_does_not_follow_buildsets_of_its_upstream_from_that_time() {
        Authority m1 = enlisted("m1");
        database.schedulers().enlist(m1, List.of("deploy"));
        database.enable("deploy", false);
        fire(m1, 100);

        database.enable("deploy", true);
        assertThat(database.schedulers().due("deploy", "nightly")).isEmpty();
        int after = fire(m1, 200);
        database.enable("deploy", true);

        assertThat(database.schedulers().due("deploy", "nightly"))
                .as("enabling an enabled scheduler changes nothing")
                .containsExactly(after);
    }

    /** Completes one buildset of the upstream scheduler with success. */
    private int fire(Authority authority, long at) {
        database.builder("linux");
        long term = own(authority).orElseThrow().term();
        int buildsetid = database.schedulers()
                .tick(authority, at(term, database.nowEpochSecond() - 1_000 + at))
                .buildsetid();
        Claim claim = claim(authority, "linux", 1).get(0);
        take(authority, completes(claim, Results.SUCCESS));
        database.claims().finishBuildsets(List.of(claim.brid()));
        return buildsetid;
    }

    private Authority enlisted(String master) {
        Authority authority = register(master);
        database.schedulers().enlist(authority, List.of("nightly"));
        return authority;
    }

    private Optional<Ownership> own(Authority authority) {
        return database.schedulers().own(authority, "nightly", 0);
    }

    private SchedulerRow row() {
        return database.schedulers().list().stream()
                .filter(row -> row.name().equals("nightly"))
                .findFirst()
                .orElseThrow();
    }

    private TickResult.State tick(Authority authority, long term, long atEpochSecond) {
        return database.schedulers().tick(authority, at(term, atEpochSecond)).state();
    }

    private static Tick at(long term, long atEpochSecond) {
        return new Tick("nightly", term, "at " + atEpochSecond, atEpochSecond, List.of("linux"), 0, "test", "{}");
    }

    private static org.assertj.core.data.Offset<Long> within() {
        return org.assertj.core.api.Assertions.within(60L);
    }
}
