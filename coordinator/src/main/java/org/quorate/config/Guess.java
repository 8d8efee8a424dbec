package org.quorate.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Guesses which known name was meant by an unknown one. */
public final class Guess {
    private static final int LISTED = 5;
    private static final int COMPARED_CHARACTERS = 64;

    private Guess() {}

    /** Returns the end of a sentence that rejects a name: {@code did you mean linux-gcc?}, or the names that exist. */
    public static String among(String wrong, Collection<String> known) {
        List<String> byDistance = byDistance(wrong, known);
        String more = byDistance.size() > LISTED ? ", …" : "";
        return nearest(wrong, known)
                .map(meant -> "did you mean " + meant + "?")
                .orElse(
                        known.isEmpty()
                                ? "there is none yet"
                                : "there is "
                                        + byDistance.stream().limit(LISTED).collect(Collectors.joining(", ")) + more);
    }

    /** Returns the end of a sentence that rejects a key. */
    static String of(String name, String section, Keys keys) {
        List<String> siblings = keys.names(section);
        return nearest(name, siblings)
                .or(() -> keys.all().stream()
                        .map(Key::path)
                        .filter(path -> path.endsWith("." + name))
                        .findFirst())
                .map(meant -> ": did you mean " + meant + "?")
                .orElse(": known here are " + String.join(", ", siblings));
    }

    static Optional<String> nearest(String wrong, Collection<String> known) {
        int length = bare(wrong).length();
        int near = Math.max(Math.min(2, length - 1), length / 3);
        return byDistance(wrong, known).stream().findFirst().filter(other -> distance(wrong, other) <= near);
    }

    private static List<String> byDistance(String wrong, Collection<String> known) {
        return known.stream()
                .sorted(Comparator.comparingInt((String name) -> distance(wrong, name))
                        .thenComparing(Comparator.naturalOrder()))
                .toList();
    }

    /**
     * Removes the differences that do not count: {@code sessionTimeout}, {@code session-timeout} and {@code
     * session_timeout} are the same word.
     */
    private static String bare(String name) {
        String start = name.length() > COMPARED_CHARACTERS ? name.substring(0, COMPARED_CHARACTERS) : name;
        return start.replaceAll("[-_ ]", "").toLowerCase(Locale.ROOT);
    }

    /** Returns how many letters must be inserted, removed or replaced to turn one name into the other. */
    private static int distance(String one, String other) {
        String from = bare(one);
        String to = bare(other);
        int[] row = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int changed = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[to.length()];
    }
}
