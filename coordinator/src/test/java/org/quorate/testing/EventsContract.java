package org.quorate.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.quorate.event.Batch;
import org.quorate.event.Cursor;
import org.quorate.event.Events;
import org.quorate.event.Publication;
import org.quorate.master.Authority;
import org.quorate.master.Fenced;

/** The contract of every {@link Events}, in PostgreSQL or in memory. */
public abstract class EventsContract extends DatabaseContract {
    @Test
    void the_other_masters_read_in_order_what_a_master_publishes_and_it_does_not() {
        Authority m1 = register("m1");
        Authority m2 = register("m2");

        publish(m1, "[1]", "[2]");
        publish(m1, "[3]");

        List<Batch> heard = read(m2, NOTHING_HEARD, 9);
        assertThat(heard).extracting(Batch::events).containsExactly("[1]", "[2]", "[3]");
        assertThat(heard).extracting(Batch::seq).isSorted().doesNotHaveDuplicates();
        assertThat(heard).extracting(Batch::masterid).containsOnly(m1.masterid());
        assertThat(read(m1, NOTHING_HEARD, 9)).isEmpty();
    }

    @Test
    void many_batches_of_one_publication_keep_their_order() {
        Authority m1 = register("m1");
        Authority m2 = register("m2");
        String[] batches = java.util.stream.IntStream.range(0, 200)
                .mapToObj(n -> "[" + n + "]")
                .toArray(String[]::new);

        publish(m1, batches);

        assertThat(read(m2, NOTHING_HEARD, 1_000)).extracting(Batch::events).containsExactly(batches);
    }

    @Test
    void a_batch_is_passed_on_unchanged() {
        Authority m1 = register("m1");
        Authority m2 = register("m2");
        String events =
                "[{\"keys\":[[\"builds\",\"5\",\"new\"]],\"message\":{\"b\":1.10,\"a\":12345678901234567890.5,\"b\":2,"
                        + "\"odd\":\"\\u0000 \\ud800 \\u00e9\"}}]";

        publish(m1, events);

        assertThat(read(m2, NOTHING_HEARD, 9)).extracting(Batch::events).containsExactly(events);
    }

    @Test
    void a_reader_continues_after_its_cursor_for_each_master_separately() {
        Authority m1 = register("m1");
        Authority m2 = register("m2");
        Authority m3 = register("m3");
        publish(m1, "[\"1a\"]");
        publish(m2, "[\"2a\"]");
        publish(m1, "[\"1b\"]");
        publish(m2, "[\"2b\"]");
        List<Batch> all = read(m3, NOTHING_HEARD, 9);

        Cursor onlyFirstOfM1 = NOTHING_HEARD.after(all.get(0));
        Cursor everythingOfM2 = NOTHING_HEARD.after(all.get(3));

        assertThat(read(m3, onlyFirstOfM1, 9))
                .extracting(Batch::events)
                .containsExactly("[\"2a\"]", "[\"1b\"]", "[\"2b\"]");
        assertThat(read(m3, everythingOfM2, 9)).extracting(Batch::events).containsExactly("[\"1a\"]", "[\"1b\"]");
        assertThat(read(m3, everythingOfM2.after(all.get(2)), 9)).isEmpty();
    }

    @Test
    void a_limited_reader_gets_the_rest_later() {
        Authority m1 = register("m1");
        Authority m2 = register("m2");
        publish(m1, "[1]", "[2]", "[3]");

        List<Batch> first = read(m2, NOTHING_HEARD, 2);
        Cursor cursor = NOTHING_HEARD.after(first.get(0)).after(first.get(1));

        assertThat(first).extracting(Batch::events).containsExactly("[1]", "[2]");
        assertThat(read(m2, cursor, 2)).extracting(Batch::events).containsExactly("[3]");
    }

    @Test
    void of_a_master_that_was_never_heard_only_batches_after_the_floor_are_read() {
        Authority m1 = register("m1");
        Authority m2 = register("m2");
        publish(m1, "[\"before\"]");
        Cursor fromNowOn = Cursor.resumed(Map.of(), m2.masterid(), database.events()::newest);

        publish(m1, "[\"after\"]");
        publish(register("m3"), "[\"joined later\"]");

        assertThat(read(m2, fromNowOn, 9))
                .extracting(Batch::events)
                .containsExactly("[\"after\"]", "[\"joined later\"]");
    }

    @Test
    void all_masters_read_what_quorate_itself_publishes() {
        Authority m1 = register("m1");
        assertThat(database.events().newest()).isZero();

        database.publish("[\"by an operator\"]");

        List<Batch> heard = read(m1, NOTHING_HEARD, 9);
        assertThat(heard).extracting(Batch::masterid).containsExactly(Batch.QUORATE);
        assertThat(heard)
                .extracting(Batch::seq)
                .containsExactly(database.events().newest());
    }

    @Test
    void the_greatest_number_is_known_after_its_event_was_forgotten() {
        Authority m1 = register("m1");
        assertThat(database.events().issued()).isZero();
        publish(m1, "[1]", "[2]");
        long newest = database.events().newest();

        database.age(Duration.ofHours(2));
        database.masters().tidy(m1, database.masters().lead(m1, 1), Duration.ofDays(30));

        assertThat(database.events().newest()).isZero();
        assertThat(database.events().issued()).isEqualTo(newest);
    }

    @Test
    void settling_a_publication_twice_writes_it_once() {
        Authority m1 = register("m1");
        Authority m2 = register("m2");
        Publication lost = new Publication(UUID.randomUUID(), List.of("[1]"));
        Publication written = new Publication(UUID.randomUUID(), List.of("[2]"));
        database.events().publish(m1, written);

        database.events().settle(m1, lost);
        database.events().settle(m1, lost);
        database.events().settle(m1, written);

        assertThat(read(m2, NOTHING_HEARD, 9)).extracting(Batch::events).containsExactly("[2]", "[1]");
    }

    @Test
    void a_fenced_master_publishes_nothing_any_more() {
        Authority stale = register("m1");
        Authority m2 = register("m2");
        register("m1");
        Publication late = new Publication(UUID.randomUUID(), List.of("[1]"));

        assertThatThrownBy(() -> database.events().publish(stale, late)).isInstanceOf(Fenced.class);
        assertThatThrownBy(() -> database.events().settle(stale, late)).isInstanceOf(Fenced.class);

        assertThat(read(m2, NOTHING_HEARD, 9)).isEmpty();
    }

    @Test
    void another_master_takes_part_while_it_is_active() {
        Authority m1 = register("m1");
        assertThat(database.events().hasOthers(m1.masterid())).isFalse();

        Authority m2 = register("m2");
        assertThat(database.events().hasOthers(m1.masterid())).isTrue();

        database.masters().leave(m2, "stopped");
        assertThat(database.events().hasOthers(m1.masterid())).isFalse();
    }

    private void publish(Authority authority, String... batches) {
        database.events().publish(authority, new Publication(UUID.randomUUID(), List.of(batches)));
    }

    private List<Batch> read(Authority authority, Cursor cursor, int limit) {
        return database.events().read(authority.masterid(), cursor, limit);
    }
}
