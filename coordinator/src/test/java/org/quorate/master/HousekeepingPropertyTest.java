package org.quorate.master;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.quorate.master.Housekeeping.Decision;
import org.quorate.master.Housekeeping.FailOver;
import org.quorate.master.Housekeeping.Picture;
import org.quorate.master.Housekeeping.Release;
import org.quorate.master.MasterRow.State;

/** Random events of five masters, observed by m1. After each look its decisions are compared with what was observed. */
class HousekeepingPropertyTest {
    private static final int MASTERS = 5;
    private static final Timing TIMING =
            Timing.of(Duration.ofSeconds(6), Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(3));

    /** An event before a look: a master appears, vanishes, registers again or is fenced. The look itself may fail. */
    record Event(Kind kind, int masterid, int afterMillis) {
        enum Kind {
            COME,
            GO,
            REGISTER,
            FENCE,
            FAIL_LOOK,
            NOTHING
        }
    }

    @Provide
    Arbitrary<List<Event>> events() {
        return Combinators.combine(
                        Arbitraries.of(Event.Kind.class),
                        Arbitraries.integers().between(1, MASTERS),
                        Arbitraries.integers().between(0, 1_500))
                .as(Event::new)
                .list()
                .ofMinSize(5)
                .ofMaxSize(60);
    }

    @Property(tries = 3_000)
    void nobody_is_fenced_who_was_seen_within_grace_nor_released_within_the_kill_time(
            @ForAll long start, @ForAll("events") List<Event> events) {
        Site site = new Site(start);

        for (Event event : events) {
            site.happen(event);
            for (Decision decision : site.look(event.kind() == Event.Kind.FAIL_LOOK)) {
                MasterRow victim = decision.victim();
                assertThat(victim.name()).isNotEqualTo("m1");
                if (decision instanceof FailOver) {
                    assertThat(victim.state()).isEqualTo(State.ACTIVE);
                    assertThat(site.living).doesNotContain(victim.name());
                    assertThat(site.sinceDoubt(victim)).isGreaterThanOrEqualTo(TIMING.grace());
                } else {
                    assertThat(decision).isInstanceOf(Release.class);
                    assertThat(victim.state()).isEqualTo(State.FENCED);
                    assertThat(site.sinceFenced(victim)).isGreaterThanOrEqualTo(TIMING.killTime());
                }
            }
        }
    }

    @Property(tries = 500)
    void a_master_that_stays_absent_is_fenced_within_twice_the_grace_and_a_look(@ForAll("events") List<Event> events) {
        Site site = new Site(0);
        for (Event event : events) {
            site.happen(event);
            site.look(event.kind() == Event.Kind.FAIL_LOOK);
        }
        site.happen(new Event(Event.Kind.COME, 1, 0));
        site.happen(new Event(Event.Kind.REGISTER, 3, 0));
        site.happen(new Event(Event.Kind.GO, 3, 0));
        site.look(false);

        site.nowNanos += TIMING.grace().multipliedBy(2).toNanos();

        assertThat(site.look(false))
                .anyMatch(decision ->
                        decision instanceof FailOver && decision.victim().masterid() == 3);
    }

    /** The masters, and the knowledge of an observer that forgets nothing. */
    private static final class Site {
        private final Housekeeping housekeeping = new Housekeeping("m1", TIMING);
        private final Set<String> living = new TreeSet<>();
        private final Map<Integer, MasterRow> rows = new HashMap<>();
        /** When each master was last seen, began its epoch, or could not be observed. */
        private final Map<Integer, Long> doubtAt = new HashMap<>();

        private final Map<Integer, Long> fencedAt = new HashMap<>();
        private long epoch = 100;
        private long nowNanos;

        Site(long start) {
            nowNanos = start;
            IntStream.rangeClosed(1, MASTERS).forEach(id -> {
                living.add("m" + id);
                rows.put(id, HousekeepingTest.row(id, id, State.ACTIVE));
                doubtAt.put(id, start);
            });
        }

        void happen(Event event) {
            nowNanos += event.afterMillis() * 1_000_000L;
            int id = event.masterid();
            switch (event.kind()) {
                case COME -> living.add("m" + id);
                case GO -> living.remove("m" + id);
                case REGISTER -> rows.put(id, HousekeepingTest.row(id, ++epoch, State.ACTIVE));
                case FENCE -> {
                    rows.put(id, HousekeepingTest.row(id, ++epoch, State.FENCED));
                    fencedAt.put(id, nowNanos);
                }
                default -> {}
            }
            if (event.kind() == Event.Kind.REGISTER) {
                doubtAt.put(id, nowNanos);
            }
        }

        List<Decision> look(boolean fails) {
            for (int id : rows.keySet()) {
                if (fails || living.contains("m" + id) || !living.contains("m1")) {
                    doubtAt.put(id, nowNanos);
                }
            }
            if (fails) {
                housekeeping.lookFailed();
                return List.of();
            }
            return housekeeping
                    .look(new Picture(living, new ArrayList<>(rows.values()), nowNanos))
                    .decisions();
        }

        Duration sinceDoubt(MasterRow row) {
            return Duration.ofNanos(nowNanos - doubtAt.getOrDefault(row.masterid(), nowNanos));
        }

        Duration sinceFenced(MasterRow row) {
            return Duration.ofNanos(nowNanos - fencedAt.getOrDefault(row.masterid(), nowNanos));
        }
    }
}
