package org.quorate.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class CursorTest {
    private static final int SELF = 7;

    @Test
    void who_listens_for_the_first_time_begins_after_the_newest() {
        Cursor cursor = Cursor.resumed(Map.of(), SELF, () -> 100);

        assertThat(cursor).isEqualTo(new Cursor(Map.of(), 100));
        assertThat(cursor.greeting(SELF)).isEqualTo(new Batch(SELF, 100, "[]"));
    }

    @Test
    void who_comes_back_goes_on_where_it_was_with_the_floor_that_it_keeps() {
        Cursor before = Cursor.resumed(Map.of(), SELF, () -> 100);
        Batch greeting = before.greeting(SELF);
        Batch heard = new Batch(3, 120, "[1]");
        Map<Integer, Long> kept = before.after(greeting).after(heard).heard();

        Cursor after = Cursor.resumed(kept, SELF, () -> {
            throw new AssertionError("the newest is asked for the first time only");
        });

        assertThat(after.heard()).containsEntry(3, 120L);
        assertThat(after.floor()).isEqualTo(100);
        assertThat(after.greeting(SELF)).isEqualTo(greeting);
    }

    @Test
    void who_kept_no_floor_begins_at_the_least_that_it_heard() {
        assertThat(Cursor.resumed(Map.of(3, 120L, 0, 80L), SELF, () -> 500).floor())
                .isEqualTo(80);
    }

    @Test
    void a_batch_that_was_heard_before_takes_the_cursor_back_nowhere() {
        Cursor cursor = new Cursor(Map.of(3, 120L), 0);

        assertThat(cursor.after(new Batch(3, 119, "[]")).heard()).containsEntry(3, 120L);
    }
}
