package org.quorate.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.quorate.demo.cluster.Sample;
import org.quorate.demo.cluster.Wish;

class SubmissionsTest {
    @Property(tries = 200)
    void exactly_the_requested_number_of_buildrequests_is_submitted(
            @ForAll @IntRange(min = 30, max = 10_000) int requests, @ForAll long seed) {
        List<Submissions.Batch> plan = Submissions.plan(requests, new Random(seed));

        assertThat(plan.stream().mapToInt(Submissions.Batch::count).sum()).isEqualTo(requests);
        assertThat(plan).extracting(Submissions.Batch::builder).containsAll(Sample.BUILDERS);
    }

    @Test
    void the_same_seed_gives_the_same_work() {
        assertThat(Submissions.plan(300, new Random(7))).isEqualTo(Submissions.plan(300, new Random(7)));
        assertThat(Submissions.plan(300, new Random(7))).isNotEqualTo(Submissions.plan(300, new Random(8)));
    }

    @Test
    void a_short_queue_is_filled_and_a_long_one_left_alone() {
        List<Submissions.Batch> plan = Submissions.plan(300, new Random(1));
        Submissions submissions = new Submissions(plan, 24);

        assertThat(submissions.next(24)).isEmpty();
        assertThat(submissions.next(3).stream()
                        .mapToInt(Submissions.Batch::count)
                        .sum())
                .isGreaterThanOrEqualTo(21);
        assertThat(submissions.isExhausted()).isFalse();
    }

    @Test
    void all_buildrequests_are_submitted_in_the_end() {
        Submissions submissions = new Submissions(Submissions.plan(300, new Random(1)), 24);

        int sum = 0;
        while (!submissions.isExhausted()) {
            sum += submissions.next(0).stream()
                    .mapToInt(Submissions.Batch::count)
                    .sum();
        }

        assertThat(sum).isEqualTo(300);
    }

    @Test
    void builds_of_a_small_run_sleep_longer_so_that_two_failovers_fit_in() {
        assertThat(wish(300).pace()).isBetween(0.8, 1.2);
        assertThat(wish(30).pace()).isEqualTo(3);
        assertThat(wish(10_000).pace()).isEqualTo(0.3);
    }

    private static Wish wish(int requests) {
        return new Wish(3, requests, 1, java.util.Optional.empty(), false);
    }
}
