package org.quorate.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class CursorTest {
    private static final int SELF = 7;

    @Test
    void a_buildmaster_that_listens_for_the_first_time_begins_after_the_newest_batch() {
        Cursor cursor = Cursor.resumed(Map.of(), SELF, () -> 100);

        assertThat(cursor).isEqualTo(new Cursor(Map.of(), 100));
        assertThat(cursor.greeting(SELF)).isEqualTo(new Batch(SELF, 100, "[]"));
    }

    @Test
    void a_buildmaster_that_returns_continues_at_its_position_with_the_floor_that_it_stored() {
        Cursor before = Cursor.resumed(Map.of(), SELF, () -> 100);
        Batch greeting = before.greeting(SELF);
        Batch heard = new Batch(3, 120, "[1]");
        Map<Integer, Long> kept = before.after(greeting).after(heard).heard();

        Cursor after = Cursor.resumed(kept, SELF, () -> {
            throw new AssertionError("newest() is called only when a buildmaster listens for the first time");
        });

        assertThat(after.heard()).containsEntry(3, 120L);
        assertThat(after.floor()).isEqualTo(100);
        assertThat(after.greeting(SELF)).isEqualTo(greeting);
    }

    @Test
    void without_a_stored_floor_the_smallest_number_that_was_heard_is_the_floor() {
        assertThat(Cursor.resumed(Map.of(3, 120L, 0, 80L), SELF, () -> 500).floor())
                .isEqualTo(80);
    }

    @Test
    void a_batch_that_was_heard_before_does_not_move_the_cursor_back() {
        Cursor cursor = new Cursor(Map.of(3, 120L), 0);

        assertThat(cursor.after(new Batch(3, 119, "[]")).heard()).containsEntry(3, 120L);
    }
}
