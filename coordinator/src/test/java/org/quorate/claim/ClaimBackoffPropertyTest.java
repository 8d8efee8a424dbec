package org.quorate.claim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.quorate.claim.ClaimBudget.Room;

/**
 * Three builders whose queues get buildrequests, each announced by a hint. Other agents lock some queues for a moment.
 */
class ClaimBackoffPropertyTest {
    private static final int BUILDERS = 3;

    record Event(Kind kind, int builder, int count, int afterMillis) {
        enum Kind {
            SUBMIT,
            /** Another agent locks the pending buildrequests, and later unlocks them without claiming any. */
            LOCK,
            UNLOCK,
            /** This master has this many free slots, and claims if the backoff allows a query. */
            CLAIM
        }
    }

    @Provide
    Arbitrary<List<Event>> events() {
        return Combinators.combine(
                        Arbitraries.of(Event.Kind.class),
                        Arbitraries.integers().between(0, BUILDERS - 1),
                        Arbitraries.integers().between(1, 4),
                        Arbitraries.integers().between(0, 150))
                .as(Event::new)
                .list()
                .ofMaxSize(60);
    }

    @Property(tries = 3_000)
    void each_announced_buildrequest_is_claimed_without_another_hint_while_slots_are_free(
            @ForAll long start, @ForAll("events") List<Event> events) {
        Queues queues = new Queues(start);
        events.forEach(queues::happen);

        queues.locked = new boolean[BUILDERS];
        // an agent that held a lock until after the second query sends a hint when it releases the lock
        queues.backoff.forgetAll();
        for (int looks = 0; looks < 200 && queues.claim(4); looks++) {
            queues.nowNanos += ClaimBackoff.SECOND_LOOK.toNanos();
        }

        assertThat(queues.pending).containsOnly(0);
    }

    @Property(tries = 2_000)
    void an_empty_queue_is_queried_twice_and_then_not_before_a_hint(@ForAll("events") List<Event> events) {
        Queues queues = new Queues(0);
        events.forEach(queues::happen);
        queues.locked = new boolean[BUILDERS];
        queues.backoff.forgetAll();

        int looks = 0;
        while (queues.claim(1_000)) {
            queues.nowNanos += ClaimBackoff.SECOND_LOOK.toNanos();
            queues.backoff.becameDue(queues.nowNanos);
            looks++;
            assertThat(looks).isLessThanOrEqualTo(3);
        }

        assertThat(queues.pending).containsOnly(0);
    }

    private static final class Queues {
        private final ClaimBackoff backoff = new ClaimBackoff();
        private final LowWaterMarks marks = new LowWaterMarks();
        private final int[] pending = new int[BUILDERS];
        private boolean[] locked = new boolean[BUILDERS];
        private int brid;
        private long nowNanos;

        Queues(long start) {
            nowNanos = start;
        }

        void happen(Event event) {
            nowNanos += event.afterMillis() * 1_000_000L;
            switch (event.kind()) {
                case SUBMIT -> {
                    pending[event.builder()] += event.count();
                    backoff.forgetAll();
                }
                case LOCK -> locked[event.builder()] = true;
                case UNLOCK -> locked[event.builder()] = false;
                case CLAIM -> claim(event.count());
            }
        }

        /** Returns false when no queue is worth a query. */
        boolean claim(int free) {
            backoff.becameDue(nowNanos);
            List<Room> rooms = new ArrayList<>();
            for (int builder = 0; builder < BUILDERS; builder++) {
                rooms.add(new Room(builder, free));
            }
            ClaimBudget budget = ClaimBudget.of(free, 400, rooms, marks, nowNanos);
            if (!backoff.isWorthALook(budget)) {
                return backoff.isWaiting();
            }
            List<Claim> claimed = new ArrayList<>();
            for (int builder = 0; builder < BUILDERS; builder++) {
                int taken = locked[builder] ? 0 : Math.min(pending[builder], free - claimed.size());
                pending[builder] -= taken;
                for (int i = 0; i < taken; i++) {
                    claimed.add(LowWaterMarksTest.claim(builder, 0, 1, ++brid));
                }
            }
            backoff.learn(budget, claimed, nowNanos);
            return true;
        }
    }
}
