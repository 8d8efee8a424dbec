package org.example.tally;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** How often each word occurs. */
final class Tally {
    private final Map<String, Integer> counts = new TreeMap<>();

    void add(Stream<String> words) {
        words.forEach(word -> counts.merge(word, 1, Integer::sum));
    }

    Map<String, Integer> counts() {
        return counts;
    }
}
