package org.quorate.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class MoveBudgetTest {
    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    @Test
    void a_budget_that_moves_nothing_is_refused() {
        assertThatThrownBy(() -> new MoveBudget(0, 1, 0)).hasMessageContaining("moves nothing");
    }

    @Test
    void an_empty_budget_returns_the_time_until_the_next_move() {
        MoveBudget budget = new MoveBudget(60, 1, 0);

        assertThat(budget.take(0)).isTrue();
        assertThat(budget.take(0)).isFalse();
        assertThat(budget.nextIn(0)).isEqualTo(Duration.ofSeconds(1));
        assertThat(budget.take(Duration.ofSeconds(1).toNanos())).isTrue();
    }

    @Property(tries = 1_000)
    void no_span_of_time_allows_more_moves_than_the_burst_and_what_was_gained_meanwhile(
            @ForAll long start,
            @ForAll @IntRange(min = 1, max = 100) int perMinute,
            @ForAll @IntRange(min = 1, max = 20) int burst,
            @ForAll @Size(max = 60) List<@IntRange(min = 0, max = 20_000) Integer> gapsMillis) {
        MoveBudget budget = new MoveBudget(perMinute, burst, start);
        List<Long> moves = new ArrayList<>();
        long now = start;
        for (int gap : gapsMillis) {
            now += gap * 1_000_000L;
            while (budget.take(now)) {
                moves.add(now);
            }
        }

        for (int from = 0; from < moves.size(); from++) {
            for (int to = from; to < moves.size(); to++) {
                long span = moves.get(to) - moves.get(from);
                double most = burst + (double) perMinute * span / MINUTE + 1e-6 * perMinute;
                assertThat((double) (to - from + 1)).isLessThanOrEqualTo(most + 1e-6);
            }
        }
    }
}
