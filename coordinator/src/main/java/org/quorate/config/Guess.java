package org.quorate.config;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What somebody who wrote an unknown key may have meant. */
final class Guess {
    private Guess() {}

    /** The end of the sentence that refuses the key. */
    static String of(String name, String section, Keys keys) {
        List<String> siblings = keys.names(section);
        return closest(name, siblings.stream())
                .or(() -> keys.all().stream()
                        .map(Key::path)
                        .filter(path -> path.endsWith("." + name))
                        .findFirst())
                .map(meant -> ": did you mean " + meant + "?")
                .orElse(": known here are " + String.join(", ", siblings));
    }

    private static Optional<String> closest(String name, Stream<String> known) {
        String bare = bare(name);
        return known.filter(other -> distance(bare, bare(other)) <= Math.max(1, other.length() / 3))
                .min(Comparator.comparingInt(other -> distance(bare, bare(other))));
    }

    /** {@code sessionTimeout}, {@code session-timeout} and {@code session_timeout} are the same word. */
    private static String bare(String name) {
        return name.replaceAll("[-_ ]", "").toLowerCase(java.util.Locale.ROOT);
    }

    /** How many letters must be put in, left out or changed to come from one to the other. */
    private static int distance(String from, String to) {
        if (Math.abs(from.length() - to.length()) > to.length()) {
            return Integer.MAX_VALUE;
        }
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
