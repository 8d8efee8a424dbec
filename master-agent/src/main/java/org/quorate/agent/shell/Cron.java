package org.quorate.agent.shell;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;

/**
 * A cron expression of five fields as in crontab(5): minute, hour, day of the month, month, day of the week. Each field
 * is a list of values, ranges and steps; months and weekdays may also be names; 0 and 7 are Sunday. As in crontab(5),
 * if both day fields are restricted, one match suffices. Times are UTC. Pure.
 */
final class Cron implements Timetable {
    /** Within 40 years every existing date falls on every day of the week. */
    private static final int SEARCHED_DAYS = 40 * 366;

    private final String text;
    private final CronField minutes;
    private final CronField hours;
    private final CronField days;
    private final CronField months;
    private final CronField weekdays;

    private Cron(String text, List<CronField> fields) {
        this.text = text;
        this.minutes = fields.get(0);
        this.hours = fields.get(1);
        this.days = fields.get(2);
        this.months = fields.get(3);
        this.weekdays = fields.get(4);
    }

    /** Parses an expression. Throws IllegalArgumentException with a sentence that names the field. */
    static Cron parse(String text) {
        String[] words = text.strip().split("\\s+");
        if (words.length != 5) {
            throw new IllegalArgumentException(
                    "a cron expression has five fields (minute, hour, day of the month, month, "
                            + "day of the week), this one has " + (text.isBlank() ? 0 : words.length) + ": " + text);
        }
        Cron cron = new Cron(
                String.join(" ", words),
                List.of(
                        CronField.MINUTE.parse(words[0]),
                        CronField.HOUR.parse(words[1]),
                        CronField.DAY.parse(words[2]),
                        CronField.MONTH.parse(words[3]),
                        CronField.WEEKDAY.parse(words[4])));
        if (cron.someDay().isEmpty()) {
            throw new IllegalArgumentException("no such date exists: " + text);
        }
        return cron;
    }

    /** Returns some day on which the expression fires; the search begins in a leap year. */
    private Optional<LocalDate> someDay() {
        LocalDate first = LocalDate.of(2000, 1, 1);
        return first.datesUntil(first.plusDays(SEARCHED_DAYS))
                .filter(this::isDay)
                .findFirst();
    }

    @Override
    public Instant next(Instant after) {
        LocalDateTime from = LocalDateTime.ofInstant(after, ZoneOffset.UTC).plusMinutes(1);
        int startMinute = from.getHour() * 60 + from.getMinute();
        for (LocalDate day = from.toLocalDate(); ; day = day.plusDays(1), startMinute = 0) {
            if (isDay(day)) {
                for (int minute = startMinute; minute < 24 * 60; minute++) {
                    if (isMinute(minute)) {
                        return at(day, minute);
                    }
                }
            }
        }
    }

    @Override
    public Instant latest(Instant upTo) {
        LocalDateTime from = LocalDateTime.ofInstant(upTo, ZoneOffset.UTC);
        int startMinute = from.getHour() * 60 + from.getMinute();
        for (LocalDate day = from.toLocalDate(); ; day = day.minusDays(1), startMinute = 24 * 60 - 1) {
            if (isDay(day)) {
                for (int minute = startMinute; minute >= 0; minute--) {
                    if (isMinute(minute)) {
                        return at(day, minute);
                    }
                }
            }
        }
    }

    boolean matches(Instant time) {
        LocalDateTime utc = LocalDateTime.ofInstant(time, ZoneOffset.UTC);
        return time.getEpochSecond() % 60 == 0
                && time.getNano() == 0
                && isDay(utc.toLocalDate())
                && isMinute(utc.getHour() * 60 + utc.getMinute());
    }

    private static Instant at(LocalDate day, int minute) {
        return day.atTime(minute / 60, minute % 60).toInstant(ZoneOffset.UTC);
    }

    private boolean isMinute(int minuteOfDay) {
        return hours.has(minuteOfDay / 60) && minutes.has(minuteOfDay % 60);
    }

    private boolean isDay(LocalDate date) {
        if (!months.has(date.getMonthValue())) {
            return false;
        }
        boolean day = days.has(date.getDayOfMonth());
        boolean weekday = weekdays.has(date.getDayOfWeek().getValue() % 7);
        return (days.isEvery() || weekdays.isEvery()) ? (day && weekday) : (day || weekday);
    }

    @Override
    public String toString() {
        return text;
    }
}
