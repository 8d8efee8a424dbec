package org.quorate.agent.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.quorate.agent.shell.Configuration.Scheduler;
import org.quorate.agent.shell.Term.Occasion;
import org.quorate.scheduler.Ownership;

class TermTest {
    private static final Instant NOW = Instant.parse("2026-11-24T04:30:10Z");
    private static final Scheduler HOURLY =
            scheduler(Optional.of(new Timetable.Every(Duration.ofHours(1))), Optional.empty());
    private static final Scheduler AFTER = scheduler(Optional.empty(), Optional.of("hourly"));

    @Test
    void a_scheduler_that_never_ticked_waits_for_its_next_time() {
        Term term = new Term(HOURLY, own("1970-01-01T00:00:00Z"), Optional.empty());

        assertThat(term.next(NOW).fire()).isEmpty();
        assertThat(term.next(NOW).pause()).contains(Duration.ofMinutes(30).minusSeconds(10));
    }

    @Test
    void of_several_missed_times_only_the_latest_fires() {
        Term term = new Term(HOURLY, own("2026-11-24T01:00:00Z"), Optional.empty());

        Occasion occasion = term.next(NOW).fire().orElseThrow();

        assertThat(occasion.text()).isEqualTo("at 2026-11-24T04:00:00Z");
        term.settled(occasion);
        assertThat(term.next(NOW).fire()).isEmpty();
    }

    @Test
    void nothing_fires_late_when_nothing_was_missed() {
        Term term = new Term(HOURLY, own("2026-11-24T04:00:00Z"), Optional.empty());

        assertThat(term.next(NOW).fire()).isEmpty();
        assertThat(term.next(NOW.plus(Duration.ofHours(1))).fire().orElseThrow().at())
                .isEqualTo("2026-11-24T05:00:00Z");
    }

    @Test
    void a_first_tick_of_unknown_outcome_is_sent_again() {
        Occasion doubtful = new Occasion("at 2026-11-24T04:00:00Z", Instant.parse("2026-11-24T04:00:00Z"), "");

        Term term = new Term(HOURLY, own("1970-01-01T00:00:00Z"), Optional.of(doubtful));

        assertThat(term.next(NOW).fire().orElseThrow().text()).isEqualTo(doubtful.text());
    }

    @Test
    void a_doubtful_tick_that_was_committed_is_not_sent_again() {
        Occasion doubtful = new Occasion("at 2026-11-24T04:00:00Z", Instant.parse("2026-11-24T04:00:00Z"), "");

        assertThat(new Term(HOURLY, own("2026-11-24T04:00:00Z"), Optional.of(doubtful))
                        .next(NOW)
                        .fire())
                .isEmpty();
    }

    @Test
    void each_due_buildset_fires_once_in_order() {
        Term term = new Term(AFTER, own("1970-01-01T00:00:00Z"), Optional.empty());
        assertThat(term.next(NOW)).isEqualTo(new Term.Next(Optional.empty(), Optional.empty()));

        term.due(List.of(4, 7));
        term.due(List.of(4, 7));

        Occasion first = term.next(NOW).fire().orElseThrow();
        assertThat(first.text()).isEqualTo("buildset 4");
        term.settled(first);
        Occasion second = term.next(NOW).fire().orElseThrow();
        assertThat(second.text()).isEqualTo("buildset 7");
        term.settled(second);
        assertThat(term.next(NOW).fire()).isEmpty();
    }

    @Test
    void the_tick_of_a_doubtful_buildset_is_sent_again() {
        Term term = new Term(AFTER, own("1970-01-01T00:00:00Z"), Optional.of(new Occasion("buildset 4", NOW, "")));

        assertThat(term.next(NOW).fire().orElseThrow().text()).isEqualTo("buildset 4");
    }

    private static Ownership own(String lastTick) {
        return new Ownership("s", 3, true, Instant.parse(lastTick).getEpochSecond(), NOW.toEpochMilli());
    }

    private static Scheduler scheduler(Optional<Timetable> timetable, Optional<String> upstream) {
        return new Scheduler("s", "kind", timetable, upstream, List.of("b"), 0, "{}");
    }
}
