package org.quorate.config;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as a person writes them, a whole number with its unit: {@code 500ms}, {@code 6s}, {@code 10m}, {@code 1h}.
 */
public final class Durations {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,9}) ?([a-z]*)");
    private static final String UNITS = "write a whole number and one of ms, s, m, h, d, as 500ms, 6s, 10m or 1h";

    private Durations() {}

    /** Parses a duration. A number without a unit is rejected, because its unit would be a guess. */
    public static Duration parse(String text) throws Unreadable {
        Matcher form = FORM.matcher(text.strip());
        if (!form.matches()) {
            throw new Unreadable("is not a duration: " + UNITS);
        }
        long number = Long.parseLong(form.group(1));
        return switch (form.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            case "d" -> Duration.ofDays(number);
            case "" -> throw new Unreadable("has no unit: " + UNITS);
            default -> throw new Unreadable("has an unknown unit, " + form.group(2) + ": " + UNITS);
        };
    }

    /** Formats a duration in the largest unit in which it is a whole number; what is below a millisecond is dropped. */
    public static String format(Duration duration) {
        long millis = duration.toMillis();
        if (millis == 0) {
            return "0s";
        }
        if (millis % 1000 != 0) {
            return millis + "ms";
        }
        long seconds = millis / 1000;
        if (seconds % 86_400 == 0) {
            return seconds / 86_400 + "d";
        }
        if (seconds % 3600 == 0) {
            return seconds / 3600 + "h";
        }
        return seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
    }
}
