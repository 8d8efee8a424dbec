package org.example.tally;

import java.util.Locale;
import java.util.stream.Stream;

/** Splits a text into words: runs of letters, in lower case. */
final class Words {
    private Words() {}

    static Stream<String> of(String line) {
        return Stream.of(line.toLowerCase(Locale.ROOT).split("[^a-z]+")).filter(word -> !word.isEmpty());
    }
}
