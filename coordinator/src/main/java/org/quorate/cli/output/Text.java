package org.quorate.cli.output;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** How values look to a person: safe for a terminal, short, and with the nearest name when one was mistyped. */
public final class Text {
    private Text() {}

    /** Control characters become visible, so that no stored text can steer a terminal or break a line. */
    public static String printable(String text) {
        StringBuilder shown = new StringBuilder(text.length());
        text.codePoints().forEach(point -> {
            int type = Character.getType(point);
            if (point == '\n') {
                shown.append("\\n");
            } else if (point == '\t') {
                shown.append("\\t");
            } else if (Character.isISOControl(point)
                    || type == Character.FORMAT
                    || type == Character.LINE_SEPARATOR
                    || type == Character.PARAGRAPH_SEPARATOR
                    || type == Character.SURROGATE) {
                shown.append(String.format(Locale.ROOT, "\\u%04x", point));
            } else {
                shown.appendCodePoint(point);
            }
        });
        return shown.toString();
    }

    public static String shortened(String text, int length) {
        int points = text.codePointCount(0, text.length());
        return points <= length ? text : text.substring(0, text.offsetByCodePoints(0, length - 1)) + "…";
    }

    /** A length of time in at most two units: {@code 14m12s}, {@code 3d4h}. */
    public static String span(Duration length) {
        long seconds = Math.max(0, length.toSeconds());
        if (seconds < 60) {
            return seconds + "s";
        }
        if (seconds < 3600) {
            return seconds / 60 + "m" + (seconds < 600 && seconds % 60 != 0 ? seconds % 60 + "s" : "");
        }
        if (seconds < 86_400) {
            return seconds / 3600 + "h" + (seconds % 3600 >= 60 ? seconds % 3600 / 60 + "m" : "");
        }
        return seconds / 86_400 + "d" + (seconds % 86_400 >= 3600 ? seconds % 86_400 / 3600 + "h" : "");
    }

    public static String age(Instant then, Instant now) {
        return span(Duration.between(then, now));
    }

    /** {@code ; did you mean linux-gcc?} or what there is, to be put behind a complaint about a name. */
    public static String didYouMean(String wrong, Collection<String> known) {
        if (known.isEmpty()) {
            return "; there is none yet";
        }
        List<String> byDistance = known.stream()
                .sorted(Comparator.comparingInt((String name) -> distance(wrong, name))
                        .thenComparing(name -> name))
                .toList();
        String nearest = byDistance.get(0);
        if (distance(wrong, nearest) <= Math.max(2, wrong.length() / 3)) {
            return "; did you mean " + nearest + "?";
        }
        return "; there is " + String.join(", ", byDistance.subList(0, Math.min(5, byDistance.size())))
                + (byDistance.size() > 5 ? ", …" : "");
    }

    /** Levenshtein's, of the first 64 characters and without regard to case. */
    static int distance(String left, String right) {
        String a = clipped(left);
        String b = clipped(right);
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }

    private static String clipped(String text) {
        return (text.length() > 64 ? text.substring(0, 64) : text).toLowerCase(Locale.ROOT);
    }
}
