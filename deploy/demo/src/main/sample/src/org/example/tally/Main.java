package org.example.tally;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/** Reads a text from standard input and prints each word with its count. */
public final class Main {
    private Main() {}

    public static void main(String[] args) throws IOException {
        Tally tally = new Tally();
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            in.lines().map(Words::of).forEach(tally::add);
        }
        tally.counts().forEach((word, count) -> System.out.println(word + " " + count));
    }
}
