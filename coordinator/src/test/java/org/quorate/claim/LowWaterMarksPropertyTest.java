package org.quorate.claim;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.quorate.claim.ClaimBudget.Room;

/** One builder with one queue. This master and others claim from it, and buildrequests are added at any position. */
class LowWaterMarksPropertyTest {
    private static final int BUILDER = 7;

    record Event(Kind kind, int priority, int submittedAt, int slots, int afterMillis) {
        enum Kind {
            /** This master claims up to {@code slots}. */
            TAKE,
            /** A buildrequest is submitted, and the hint arrives. */
            SUBMIT,
            /** A buildrequest is submitted, and the hint is lost: it may be overlooked for a second. */
            SUBMIT_UNHEARD,
            /** This master releases what it claimed last. */
            RELEASE,
            /** The claims of a dead master go back to the queue. */
            FAIL_OVER
        }
    }

    @Provide
    Arbitrary<List<Event>> events() {
        return Combinators.combine(
                        Arbitraries.of(Event.Kind.class),
                        Arbitraries.integers().between(-3, 3),
                        Arbitraries.integers().between(100, 110),
                        Arbitraries.integers().between(1, 4),
                        Arbitraries.integers().between(0, 400))
                .as(Event::new)
                .list()
                .ofMaxSize(80);
    }

    @Property(tries = 3_000)
    void a_mark_hides_no_announced_buildrequest_and_no_other_for_longer_than_a_second(
            @ForAll long start, @ForAll("events") List<Event> events) {
        Queue queue = new Queue(start);

        for (Event event : events) {
            queue.nowNanos += event.afterMillis() * 1_000_000L;
            queue.happen(event);
            LowWaterMark mark = queue.marks.of(BUILDER, queue.nowNanos);
            queue.pending.headMap(mark).values().forEach(unheardAt -> {
                assertThat(unheardAt).as("announced, but below the mark").isNotNull();
                assertThat(Duration.ofNanos(queue.nowNanos - unheardAt)).isLessThan(LowWaterMarks.LIFE);
            });
        }
    }

    private static final class Queue {
        private final LowWaterMarks marks = new LowWaterMarks();
        /** Order key to the time of an unannounced submission; null if it was announced. */
        private final TreeMap<LowWaterMark, Long> pending = new TreeMap<>();

        private List<LowWaterMark> lastTaken = List.of();
        private int brid;
        private long nowNanos;

        Queue(long start) {
            nowNanos = start;
        }

        void happen(Event event) {
            switch (event.kind()) {
                case TAKE -> take(event.slots());
                case SUBMIT -> {
                    pending.put(key(event), null);
                    marks.forgetAll();
                }
                case SUBMIT_UNHEARD -> pending.put(key(event), nowNanos);
                case RELEASE -> {
                    lastTaken.forEach(key -> pending.put(key, null));
                    lastTaken = List.of();
                    marks.forgetAll();
                }
                case FAIL_OVER -> {
                    pending.put(key(event), null);
                    marks.forgetAll();
                }
            }
        }

        private LowWaterMark key(Event event) {
            return new LowWaterMark(-event.priority(), event.submittedAt(), ++brid);
        }

        private void take(int slots) {
            ClaimBudget asked = ClaimBudget.of(100, 50, List.of(new Room(BUILDER, slots)), marks, nowNanos);
            List<LowWaterMark> taken = pending.tailMap(asked.wanted().get(0).floor(), true).keySet().stream()
                    .limit(slots)
                    .toList();
            List<Claim> claims = new ArrayList<>();
            taken.forEach(key -> {
                pending.remove(key);
                claims.add(LowWaterMarksTest.claim(BUILDER, -key.negatedPriority(), key.submittedAt(), key.brid()));
            });
            marks.learn(asked, claims, nowNanos);
            lastTaken = taken;
        }
    }
}
