package org.quorate.cli.output;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** Makes values short and safe for a terminal. */
public final class Text {
    private Text() {}

    /** Makes control characters visible, so that no stored text can steer a terminal or break a line. */
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

    /** Breaks a text at spaces into lines of at most {@code width} characters; each but the first is indented. */
    public static String wrapped(String text, int width, String indent) {
        StringBuilder lines = new StringBuilder();
        int column = 0;
        for (String word : text.split(" ", -1)) {
            if (column > 0 && column + 1 + word.length() > width) {
                lines.append('\n').append(indent);
                column = indent.length();
            } else if (lines.length() > 0) {
                lines.append(' ');
                column++;
            }
            lines.append(word);
            column += word.length();
        }
        return lines.toString();
    }

    /** Formats a duration in at most two units: {@code 9m12s}, {@code 3d4h}. */
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
}
