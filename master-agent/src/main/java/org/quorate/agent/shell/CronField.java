package org.quorate.agent.shell;

import java.util.List;
import java.util.Locale;

/**
 * The values of one field of a cron expression.
 *
 * @param values bit n is set if n is one of the values
 * @param isEvery whether the field begins with a star; this decides how the two day fields combine
 */
record CronField(long values, boolean isEvery) {
    static final Kind MINUTE = new Kind("minute", 0, 59, List.of());
    static final Kind HOUR = new Kind("hour", 0, 23, List.of());
    static final Kind DAY = new Kind("day of the month", 1, 31, List.of());
    static final Kind MONTH = new Kind(
            "month",
            1,
            12,
            List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"));
    static final Kind WEEKDAY =
            new Kind("day of the week", 0, 7, List.of("sun", "mon", "tue", "wed", "thu", "fri", "sat"));

    private static final int LONGEST_STEP = 99;

    boolean has(int value) {
        return (values & (1L << value)) != 0;
    }

    /** The values that a field may have; {@code names} denote the values from {@code least} on. */
    record Kind(String name, int least, int most, List<String> names) {
        CronField parse(String text) {
            long values = 0;
            for (String part : text.split(",", -1)) {
                values |= part(part);
            }
            if (most == 7 && (values & (1L << 7)) != 0) {
                values = (values & ~(1L << 7)) | 1;
            }
            return new CronField(values, text.startsWith("*"));
        }

        private long part(String part) {
            String[] rangeAndStep = part.split("/", -1);
            if (rangeAndStep.length > 2) {
                throw wrong(part);
            }
            boolean stepped = rangeAndStep.length == 2;
            int step = stepped ? number(rangeAndStep[1], part, 1, LONGEST_STEP) : 1;
            String range = rangeAndStep[0];
            if (range.equals("*")) {
                return bits(least, lastOfAll(), step);
            }
            String[] ends = range.split("-", -1);
            if (ends.length > 2) {
                throw wrong(part);
            }
            int first = value(ends[0], part);
            int last = ends.length == 2 ? value(ends[1], part) : stepped ? most : first;
            if (first > last) {
                throw new IllegalArgumentException("the range " + range + " of the " + name + " runs backwards");
            }
            return bits(first, last, step);
        }

        /** Returns the last value of a star; for weekdays 6, since Sunday is both 0 and 7 and counts once. */
        private int lastOfAll() {
            return most == 7 ? 6 : most;
        }

        private static long bits(int first, int last, int step) {
            long bits = 0;
            for (int value = first; value <= last; value += step) {
                bits |= 1L << value;
            }
            return bits;
        }

        private int value(String text, String part) {
            int named = names.indexOf(text.toLowerCase(Locale.ROOT));
            return named >= 0 ? least + named : number(text, part, least, most);
        }

        private int number(String text, String part, int from, int to) {
            if (!text.matches("[0-9]{1,3}") || Integer.parseInt(text) < from || Integer.parseInt(text) > to) {
                throw wrong(part);
            }
            return Integer.parseInt(text);
        }

        private IllegalArgumentException wrong(String part) {
            String orNames = names.isEmpty() ? "" : " or " + names.get(0) + " to " + names.get(names.size() - 1);
            return new IllegalArgumentException("\"" + part + "\" is not a valid " + name + ": give numbers from "
                    + least + " to " + most + orNames + ", as lists (1,2), ranges (1-5) and steps (*/5)");
        }
    }
}
