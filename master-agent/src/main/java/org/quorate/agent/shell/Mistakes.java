package org.quorate.agent.shell;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The mistakes found in a configuration, so that all are told at once. One thread. */
final class Mistakes {
    private record Mistake(int line, String sentence) {}

    private final List<Mistake> found = new ArrayList<>();

    /** Lines count from 1. */
    void add(int line, String sentence) {
        found.add(new Mistake(line, sentence));
    }

    boolean isEmpty() {
        return found.isEmpty();
    }

    /** In the order of the lines. */
    List<String> sentences() {
        return found.stream()
                .sorted(Comparator.comparingInt(Mistake::line))
                .map(mistake -> "line " + mistake.line() + ": " + mistake.sentence())
                .toList();
    }

    /** {@code ; did you mean X?} when one of the known words is near, else the known words. */
    static String nearest(String word, Collection<String> known) {
        int nearby = Math.max(Math.min(2, word.length() - 1), word.length() / 3);
        Optional<String> near = known.stream()
                .min(Comparator.comparingInt(each -> distance(word, each)))
                .filter(each -> distance(word, each) <= nearby);
        return near.map(each -> "; did you mean " + each + "?")
                .orElse(
                        known.isEmpty()
                                ? ""
                                : "; there are "
                                        + String.join(
                                                ", ", known.stream().sorted().toList()));
    }

    /** Levenshtein's: insertions, deletions and replacements. */
    private static int distance(String one, String other) {
        int[] row = new int[other.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int replaced = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[other.length()];
    }

    /** Thrown once, with all of them. */
    static final class InvalidConfiguration extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient List<String> sentences;

        InvalidConfiguration(String file, List<String> sentences) {
            super(file + " has " + sentences.size() + (sentences.size() == 1 ? " mistake:\n  " : " mistakes:\n  ")
                    + String.join("\n  ", sentences));
            this.sentences = sentences;
        }

        List<String> sentences() {
            return sentences;
        }
    }
}
