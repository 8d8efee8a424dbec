package org.quorate.agent.claiming;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.quorate.claim.Attempt;

class ClaimReconcilerTest {
    private static final Attempt ONE = new Attempt(1, new UUID(0, 1));
    private static final Attempt TWO = new Attempt(2, new UUID(0, 2));
    private static final Attempt THREE = new Attempt(3, new UUID(0, 3));
    private static final long LATER = ClaimReconciler.BETWEEN_LOOKS.toNanos();

    private final ClaimReconciler comparison = new ClaimReconciler();

    @Test
    void a_difference_that_both_looks_see_is_reported_with_its_side() {
        assertThat(looked(Set.of(ONE, THREE), Set.of(TWO), 0)).isEmpty();

        assertThat(looked(Set.of(ONE), Set.of(TWO), LATER))
                .isEqualTo("the claims of [1] are lost and the ends of [2] are lost");
        assertThat(comparison.isWanted()).isFalse();
    }

    @Test
    void the_second_look_waits_and_is_the_last_one_whatever_else_differs_then() {
        looked(Set.of(ONE), Set.of(), 0);
        assertThat(comparison.isDue(LATER - 1)).isFalse();
        assertThat(comparison.isDue(LATER)).isTrue();

        assertThat(looked(Set.of(TWO), Set.of(THREE), LATER)).isEmpty();
        assertThat(comparison.isWanted()).isFalse();
    }

    @Test
    void equal_claims_need_only_one_look() {
        assertThat(looked(Set.of(ONE), Set.of(ONE), 0)).isEmpty();

        assertThat(comparison.isWanted()).isFalse();
    }

    private String looked(Set<Attempt> ours, Set<Attempt> theirs, long nowNanos) {
        if (nowNanos == 0) {
            comparison.want();
        }
        assertThat(comparison.begin(nowNanos)).isTrue();
        return comparison
                .look(ours, theirs, nowNanos)
                .map(ClaimReconciler.Difference::toString)
                .orElse("");
    }
}
