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

/** Random lives of five masters, looked at by m1; after each step what was decided is compared with what was seen. */
class HousekeepingPropertyTest {
    private static final int MASTERS = 5;
    private static final Timing TIMING =
            Timing.of(Duration.ofSeconds(6), Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(3));

    /** What happens before a look: somebody comes, goes, registers anew, is fenced; and the look may fail. */
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
        Lives lives = new Lives(start);

        for (Event event : events) {
            lives.happen(event);
            for (Decision decision : lives.look(event.kind() == Event.Kind.FAIL_LOOK)) {
                MasterRow victim = decision.victim();
                assertThat(victim.name()).isNotEqualTo("m1");
                if (decision instanceof FailOver) {
                    assertThat(victim.state()).isEqualTo(State.ACTIVE);
                    assertThat(lives.living).doesNotContain(victim.name());
                    assertThat(lives.sinceDoubt(victim)).isGreaterThanOrEqualTo(TIMING.grace());
                } else {
                    assertThat(decision).isInstanceOf(Release.class);
                    assertThat(victim.state()).isEqualTo(State.FENCED);
                    assertThat(lives.sinceFenced(victim)).isGreaterThanOrEqualTo(TIMING.killTime());
                }
            }
        }
    }

    @Property(tries = 500)
    void whoever_stays_away_is_fenced_within_twice_the_grace_and_a_look(@ForAll("events") List<Event> events) {
        Lives lives = new Lives(0);
        for (Event event : events) {
            lives.happen(event);
            lives.look(event.kind() == Event.Kind.FAIL_LOOK);
        }
        lives.happen(new Event(Event.Kind.COME, 1, 0));
        lives.happen(new Event(Event.Kind.REGISTER, 3, 0));
        lives.happen(new Event(Event.Kind.GO, 3, 0));
        lives.look(false);

        lives.nowNanos += TIMING.grace().multipliedBy(2).toNanos();

        assertThat(lives.look(false))
                .anyMatch(decision ->
                        decision instanceof FailOver && decision.victim().masterid() == 3);
    }

    /** The world, and what an observer who forgets nothing knows of it. */
    private static final class Lives {
        private final Housekeeping housekeeping = new Housekeeping("m1", TIMING);
        private final Set<String> living = new TreeSet<>();
        private final Map<Integer, MasterRow> rows = new HashMap<>();
        /** When each was last seen, began its epoch, or could not be looked for. */
        private final Map<Integer, Long> doubtAt = new HashMap<>();

        private final Map<Integer, Long> fencedAt = new HashMap<>();
        private long epoch = 100;
        private long nowNanos;

        Lives(long start) {
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
