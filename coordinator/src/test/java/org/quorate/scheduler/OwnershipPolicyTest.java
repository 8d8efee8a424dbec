package org.quorate.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.quorate.master.Member;
import org.quorate.scheduler.OwnershipPolicy.Contend;
import org.quorate.scheduler.OwnershipPolicy.Decision;
import org.quorate.scheduler.OwnershipPolicy.Disown;
import org.quorate.scheduler.OwnershipPolicy.Findings;
import org.quorate.scheduler.OwnershipPolicy.HandOver;
import org.quorate.scheduler.OwnershipPolicy.Picture;
import org.quorate.scheduler.OwnershipPolicy.Settings;

class OwnershipPolicyTest {
    private static final Settings SETTINGS = new Settings(Duration.ofMillis(500), Duration.ofSeconds(10), 6);
    private static final long SECOND = 1_000_000_000L;

    private final OwnershipPolicy policy = new OwnershipPolicy("m1", SETTINGS);
    private List<Member> members = List.of(member("m1", "s"), member("m2", "s"), member("m3", "s"));
    private Map<String, String> nodes = Map.of();
    private List<SchedulerRow> rows = List.of(row("s", null, null));
    private Set<String> terms = Set.of();
    private Set<String> draining = Set.of();

    @Test
    void the_planned_owner_contends_at_once_and_the_others_a_delay_later_for_each_rank() {
        Map<String, Long> contendedAt = new java.util.TreeMap<>();
        for (String self : List.of("m1", "m2", "m3")) {
            OwnershipPolicy own = new OwnershipPolicy(self, SETTINGS);
            for (long millis = 0; millis <= 1_000; millis += 100) {
                if (!own.decide(picture(millis * 1_000_000)).decisions().isEmpty()) {
                    contendedAt.putIfAbsent(self, millis);
                }
            }
        }

        assertThat(contendedAt.values()).containsExactlyInAnyOrder(0L, 500L, 1_000L);
    }

    @Test
    void a_scheduler_with_a_living_owner_is_left_alone() {
        rows = List.of(row("s", "m2", null));
        assertThat(decide(100 * SECOND)).isEmpty();

        rows = List.of(row("s", null, null));
        nodes = Map.of("s", "m2");
        assertThat(decide(200 * SECOND)).isEmpty();
    }

    @Test
    void a_scheduler_of_a_dead_master_waits_for_the_housekeeper_and_is_then_contended_for() {
        rows = List.of(row("s", "m9", null));
        nodes = Map.of("s", "m9");
        decide(0);
        assertThat(decide(100 * SECOND)).isEmpty();

        rows = List.of(row("s", null, null));
        decide(101 * SECOND);
        assertThat(decide(102 * SECOND)).containsExactly(new Contend("s"));
    }

    @Test
    void an_agent_that_restarted_contends_at_once_for_what_its_row_still_owns() {
        rows = List.of(row("s", "m1", null));
        nodes = Map.of("s", "m1");

        assertThat(decide(0)).containsExactly(new Contend("s"));
    }

    @Test
    void a_master_contends_for_no_scheduler_that_its_buildmaster_does_not_run() {
        members = List.of(member("m1"), member("m2", "s"));
        decide(0);

        assertThat(decide(100 * SECOND)).isEmpty();
    }

    @Test
    void a_master_that_does_not_see_itself_does_nothing() {
        members = List.of(member("m2", "s"));
        terms = Set.of("s");

        assertThat(decide(0)).isEmpty();
    }

    @Test
    void a_move_by_an_operator_is_carried_out_at_once_if_that_master_is_alive_and_offers_the_scheduler() {
        terms = Set.of("s");
        rows = List.of(row("s", "m1", "m2"));

        assertThat(decide(0)).containsExactly(new HandOver("s", "m2", "an operator moved s to m2"));

        rows = List.of(row("s", "m1", "m9"));
        assertThat(decide(1)).isEmpty();

        members = List.of(member("m1", "s"), member("m2"));
        rows = List.of(row("s", "m1", "m2"));
        assertThat(decide(2)).isEmpty();
    }

    @Test
    void an_operator_can_move_a_scheduler_back_at_once() {
        terms = Set.of("s");
        rows = List.of(row("s", "m1", "m2"));
        decide(0);

        terms = Set.of();
        rows = List.of(row("s", null, "m1"));
        assertThat(decide(1)).containsExactly(new Contend("s"));
    }

    @Test
    void a_scheduler_that_was_handed_over_is_not_taken_back_because_the_rows_are_old() {
        terms = Set.of("s");
        rows = List.of(row("s", "m1", "m2"));
        decide(0);

        terms = Set.of();
        assertThat(decide(SECOND)).isEmpty();
    }

    @Test
    void a_scheduler_that_was_handed_over_and_owned_is_contended_for_at_once_when_it_is_free_again() {
        terms = Set.of("s");
        rows = List.of(row("s", "m1", "m2"));
        decide(0);
        terms = Set.of();
        rows = List.of(row("s", "m2", null));
        assertThat(decide(1)).isEmpty();

        members = List.of(member("m1", "s"));
        rows = List.of(row("s", null, null));
        assertThat(decide(2)).containsExactly(new Contend("s"));
    }

    @Test
    void a_draining_master_hands_over_everything_that_another_offers_and_contends_for_nothing() {
        members = List.of(member("m1", "s", "t", "u"), member("m2", "s"));
        rows = List.of(row("s", "m1", null), row("t", "m1", null), row("u", null, null));
        terms = Set.of("s", "t");
        draining = Set.of("m1");

        assertThat(decide(0)).containsExactly(new HandOver("s", "m2", "m1 is draining"));
        assertThat(decide(100 * SECOND)).containsExactly(new HandOver("s", "m2", "m1 is draining"));
    }

    @Test
    void nothing_is_handed_over_to_a_draining_master() {
        members = List.of(member("m1", "s"), member("m2", "s"));
        terms = Set.of("s");
        rows = List.of(row("s", "m1", "m2"));
        draining = Set.of("m2");

        assertThat(decide(0)).isEmpty();
    }

    @Test
    void a_scheduler_that_the_buildmaster_no_longer_runs_is_given_up() {
        members = List.of(member("m1"), member("m2", "s"));
        terms = Set.of("s", "t");
        rows = List.of(row("s", "m1", null), row("t", "m1", null));

        assertThat(decide(0))
                .containsExactly(
                        new HandOver("s", "m2", "m1 no longer runs s"),
                        new Disown("t", "the buildmaster no longer runs t"));
    }

    @Test
    void a_master_that_joins_is_given_its_share_after_the_settle_time_and_within_the_budget() {
        String[] names = IntStream.range(0, 40).mapToObj(i -> "s" + i).toArray(String[]::new);
        List<SchedulerRow> owned = new ArrayList<>();
        for (String name : names) {
            owned.add(row(name, "m1", null));
        }
        rows = owned;
        terms = Set.of(names);
        members = List.of(member("m1", names));
        decide(0);
        members = List.of(member("m1", names), member("m2", names));

        assertThat(decide(SECOND)).isEmpty();
        assertThat(findings(SECOND).nextLookIn()).isEqualTo(SETTINGS.settle());
        assertThat(decide(10 * SECOND)).isEmpty();

        List<Decision> first = carryOut(11 * SECOND);
        assertThat(first).hasSize(6).allMatch(HandOver.class::isInstance);
        assertThat(carryOut(12 * SECOND)).isEmpty();
        int moves = first.size();
        for (long now = 21; now < 600; now += 10) {
            List<Decision> next = carryOut(now * SECOND);
            assertThat(next.size()).isLessThanOrEqualTo(1);
            moves += next.size();
        }
        assertThat(moves).isBetween(19, 20);
    }

    @Test
    void a_master_that_joins_and_leaves_repeatedly_is_given_nothing() {
        String[] names = {"a", "b", "c", "d"};
        rows = List.of(row("a", "m1", null), row("b", "m1", null), row("c", "m1", null), row("d", "m1", null));
        terms = Set.of(names);
        for (long now = 0; now < 100; now += 5) {
            members = now % 10 == 0 ? List.of(member("m1", names)) : List.of(member("m1", names), member("m2", names));
            assertThat(decide(now * SECOND)).isEmpty();
        }
    }

    @Test
    void a_master_whose_buildmaster_is_restarted_again_and_again_is_given_nothing() {
        String[] names = {"a", "b", "c", "d"};
        rows = List.of(row("a", "m1", null), row("b", "m1", null), row("c", "m1", null), row("d", "m1", null));
        terms = Set.of(names);
        for (long now = 0; now < 100; now += 5) {
            members = List.of(member("m1", names), now % 10 == 0 ? member("m2") : member("m2", names));
            assertThat(decide(now * SECOND)).isEmpty();
        }
    }

    /** Carries out the handovers, and lets the other master own the schedulers. */
    private List<Decision> carryOut(long now) {
        List<Decision> decisions = decide(now);
        Set<String> left = new HashSet<>(terms);
        List<SchedulerRow> after = new ArrayList<>(rows);
        for (Decision decision : decisions) {
            left.remove(decision.scheduler());
            after.removeIf(row -> row.name().equals(decision.scheduler()));
            after.add(row(decision.scheduler(), ((HandOver) decision).to(), null));
        }
        terms = left;
        rows = after;
        return decisions;
    }

    private List<Decision> decide(long now) {
        return findings(now).decisions();
    }

    private Findings findings(long now) {
        return policy.decide(picture(now));
    }

    private Picture picture(long now) {
        return new Picture(members, nodes, rows, terms, draining, now);
    }

    private static Member member(String name, String... schedulers) {
        return new Member(name, new UUID(0, 1), 1, "host", 10, List.of(schedulers), "1");
    }

    private static SchedulerRow row(String name, String owner, String preferred) {
        return new SchedulerRow(1, name, true, 1, Optional.ofNullable(owner), Optional.ofNullable(preferred));
    }
}
