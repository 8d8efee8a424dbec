package org.quorate.agent.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;

class CronTest {
    private static final long YEAR_2000 = 946_684_800L;
    private static final long YEAR_2100 = 4_102_444_800L;

    /** Fields as sets of values, with the text from which the parser must get the same values. */
    record Written(String text, Set<Integer> minutes, Set<Integer> hours) {}

    @Property(tries = 300)
    void the_next_time_of_a_cron_expression_is_its_first_match_after_now(
            @ForAll("frequent") String text, @ForAll @LongRange(min = YEAR_2000, max = YEAR_2100) long second) {
        Cron cron = Cron.parse(text);
        Instant after = Instant.ofEpochSecond(second);

        Instant next = cron.next(after);

        assertThat(next).isAfter(after);
        assertThat(cron.matches(next)).isTrue();
        Instant minute = Instant.ofEpochSecond(Math.floorDiv(second, 60L) * 60).plusSeconds(60);
        for (int i = 0; i < 3000 && minute.isBefore(next); i++, minute = minute.plusSeconds(60)) {
            assertThat(cron.matches(minute))
                    .describedAs("%s, skipped by %s", minute, text)
                    .isFalse();
        }
    }

    @Property(tries = 300)
    void no_time_of_a_cron_expression_lies_between_the_latest_and_the_next(
            @ForAll("any") String text, @ForAll @LongRange(min = YEAR_2000, max = YEAR_2100) long second) {
        Cron cron = Cron.parse(text);
        Instant now = Instant.ofEpochSecond(second);

        Instant next = cron.next(now);
        Instant latest = cron.latest(now);

        assertThat(latest).isBeforeOrEqualTo(now);
        assertThat(cron.matches(latest)).isTrue();
        assertThat(cron.next(latest)).isEqualTo(next);
        assertThat(cron.latest(next)).isEqualTo(next);
        assertThat(cron.latest(next.minusSeconds(1))).isEqualTo(latest);
    }

    @Property(tries = 200)
    void lists_ranges_and_steps_mean_their_values(@ForAll("written") Written written) {
        Cron cron = Cron.parse(written.text());
        Instant day = Instant.parse("2026-11-24T00:00:00Z");
        Set<Integer> minutes = new TreeSet<>();
        Set<Integer> hours = new TreeSet<>();

        for (Instant at = cron.next(day.minusSeconds(1));
                at.isBefore(day.plus(Duration.ofDays(1)));
                at = cron.next(at)) {
            LocalDateTime utc = LocalDateTime.ofInstant(at, ZoneOffset.UTC);
            minutes.add(utc.getMinute());
            hours.add(utc.getHour());
        }

        assertThat(minutes).isEqualTo(written.minutes());
        assertThat(hours).isEqualTo(written.hours());
    }

    @Property(tries = 1000)
    void whatever_is_written_is_parsed_or_refused_with_a_sentence(@ForAll("rubbish") String text) {
        try {
            Cron.parse(text).next(Instant.EPOCH);
        } catch (IllegalArgumentException e) {
            assertThat(e)
                    .isExactlyInstanceOf(IllegalArgumentException.class)
                    .message()
                    .isNotBlank();
        }
    }

    @Example
    void a_cron_expression_has_the_next_times_that_crontab_5_gives_it() {
        assertNext("0 2 * * *", "2026-11-24T01:59:59Z", "2026-11-24T02:00:00Z");
        assertNext("0 2 * * *", "2026-11-24T02:00:00Z", "2026-11-25T02:00:00Z");
        assertNext("*/15 9-17 * * mon-fri", "2026-11-27T17:45:00Z", "2026-11-30T09:00:00Z");
        assertNext("30 4 1,15 * 5", "2026-11-24T00:00:00Z", "2026-11-27T04:30:00Z");
        assertNext("30 4 1,15 * *", "2026-11-24T00:00:00Z", "2026-12-01T04:30:00Z");
        assertNext("0 0 29 feb *", "2026-11-24T00:00:00Z", "2028-02-29T00:00:00Z");
        assertNext("0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z");
        assertNext("0 0 * * 7", "2026-11-24T00:00:00Z", "2026-11-29T00:00:00Z");
        assertNext("0 0 * * sun", "2026-11-24T00:00:00Z", "2026-11-29T00:00:00Z");
        assertNext("59 23 31 12 *", "2026-12-31T23:59:00Z", "2027-12-31T23:59:00Z");
        assertNext("5/20 * * * *", "2026-11-24T00:00:00Z", "2026-11-24T00:05:00Z");
        assertNext("5/20 * * * *", "2026-11-24T00:45:00Z", "2026-11-24T01:05:00Z");
    }

    @Example
    void a_mistake_in_a_cron_expression_names_its_field() {
        assertThatThrownBy(() -> Cron.parse("0 25 * * *"))
                .hasMessageStartingWith("\"25\" is not a valid hour: give numbers from 0 to 23");
        assertThatThrownBy(() -> Cron.parse("0 2 * *"))
                .hasMessageContaining("has five fields")
                .hasMessageContaining("this one has 4");
        assertThatThrownBy(() -> Cron.parse("0 0 * foo *"))
                .hasMessageContaining("is not a valid month")
                .hasMessageContaining("jan to dec");
        assertThatThrownBy(() -> Cron.parse("0 0 30 2 *")).hasMessage("no such date exists: 0 0 30 2 *");
        assertThatThrownBy(() -> Cron.parse("30-10 0 * * *")).hasMessageContaining("runs backwards");
        assertThatThrownBy(() -> Cron.parse("*/0 0 * * *")).hasMessageContaining("is not a valid minute");
        assertThatThrownBy(() -> Cron.parse("1,,2 0 * * *")).hasMessageContaining("is not a valid minute");
    }

    @Provide
    Arbitrary<String> frequent() {
        return Combinators.combine(field(0, 59), field(0, 23)).as((minute, hour) -> minute + " " + hour + " * * *");
    }

    @Provide
    Arbitrary<String> any() {
        return Combinators.combine(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 7))
                .as((minute, hour, day, month, weekday) -> String.join(" ", minute, hour, day, month, weekday));
    }

    @Provide
    Arbitrary<Written> written() {
        Arbitrary<Set<Integer>> minutes =
                Arbitraries.integers().between(0, 59).set().ofMinSize(1).ofMaxSize(8);
        Arbitrary<Set<Integer>> hours =
                Arbitraries.integers().between(0, 23).set().ofMinSize(1).ofMaxSize(8);
        return Combinators.combine(minutes, hours).as((m, h) -> new Written(list(m) + " " + list(h) + " * * *", m, h));
    }

    @Provide
    Arbitrary<String> rubbish() {
        return Arbitraries.strings()
                .withChars("0123456789*/-, janmonsu?L")
                .ofMinLength(5)
                .ofMaxLength(25);
    }

    private static Arbitrary<String> field(int least, int most) {
        Arbitrary<Integer> value = Arbitraries.integers().between(least, most);
        Arbitrary<String> range =
                Combinators.combine(value, value).as((one, other) -> Math.min(one, other) + "-" + Math.max(one, other));
        Arbitrary<String> stepped =
                Combinators.combine(range, Arbitraries.integers().between(1, 9)).as((from, step) -> from + "/" + step);
        Arbitrary<String> part = Arbitraries.oneOf(value.map(String::valueOf), range, stepped);
        return Arbitraries.oneOf(
                Arbitraries.just("*"), part, part.list().ofSize(2).map(two -> String.join(",", two)));
    }

    private static String list(Set<Integer> values) {
        return values.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    private static void assertNext(String text, String after, String expected) {
        assertThat(Cron.parse(text).next(Instant.parse(after)))
                .describedAs(text)
                .isEqualTo(expected);
    }
}
