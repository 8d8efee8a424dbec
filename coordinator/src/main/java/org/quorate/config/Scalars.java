package org.quorate.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** The kinds whose values are single scalars. */
final class Scalars {
    private Scalars() {}

    /** A kind whose values a function parses from text. */
    record Scalar<T>(String type, String least, String most, Key.Parse<T> parse, Function<T, String> shown)
            implements Kind<T> {
        @Override
        public Optional<T> read(Node node, String key, Reading reading) {
            if (node instanceof Node.Scalar scalar) {
                try {
                    return Optional.of(parse.parse(scalar.text()));
                } catch (Unreadable e) {
                    String value = e.conceals() ? "" : reading.quote(scalar) + " ";
                    reading.mistake(scalar.place(), key, value + e.predicate());
                }
            } else if (node instanceof Node.Empty) {
                reading.mistake(node.place(), key, "has no value: write one (" + type + "), or leave the key out");
            } else {
                reading.mistake(node.place(), key, "must be one value (" + type + "), not a list or section");
            }
            return Optional.empty();
        }

        @Override
        public String show(T value) {
            return Effective.scalar(shown.apply(value));
        }

        @Override
        public Node node(String place, String text, List<Mistake> mistakes) {
            return new Node.Scalar(place, text);
        }
    }

    static Kind<String> text() {
        return new Scalar<>("text", "", "", Scalars::present, text -> text);
    }

    static Kind<Duration> duration(String least, String most) {
        try {
            Duration low = Durations.parse(least);
            Duration high = Durations.parse(most);
            return new Scalar<>(
                    "duration",
                    least,
                    most,
                    text -> within(Durations.parse(text), low, high, Durations::format),
                    Durations::format);
        } catch (Unreadable e) {
            throw new IllegalArgumentException(
                    "a bound of the range " + least + " to " + most + " " + e.predicate(), e);
        }
    }

    static Kind<Integer> integer(int least, int most, String unit) {
        Function<Long, String> withUnit = number -> unit.isEmpty() ? "" + number : number + " " + unit;
        return new Scalar<>(
                unit.isEmpty() ? "whole number" : "whole number of " + unit,
                least == Integer.MIN_VALUE ? "" : "" + least,
                most == Integer.MAX_VALUE ? "" : "" + most,
                text -> within(whole(text, least, most), (long) least, (long) most, withUnit)
                        .intValue(),
                String::valueOf);
    }

    static Kind<Boolean> flag() {
        return new Scalar<>(
                "true or false",
                "",
                "",
                text -> switch (text) {
                    case "true" -> true;
                    case "false" -> false;
                    default -> throw new Unreadable("must be true or false");
                },
                String::valueOf);
    }

    static Kind<HostPort> hostPort() {
        return new Scalar<>("host:port", "", "", HostPort::parse, HostPort::toString);
    }

    static Kind<Path> path() {
        return new Scalar<>("path", "", "", Scalars::pathOf, Path::toString);
    }

    static <E extends Enum<E>> Kind<E> choice(Class<E> type) {
        List<String> words =
                Arrays.stream(type.getEnumConstants()).map(Scalars::word).toList();
        String choices = String.join(", ", words);
        return new Scalar<>(
                "one of " + choices,
                "",
                "",
                text -> Arrays.stream(type.getEnumConstants())
                        .filter(choice -> word(choice).equals(text))
                        .findFirst()
                        .orElseThrow(() -> new Unreadable("must be one of " + choices
                                + Guess.nearest(text, words)
                                        .map(meant -> ": did you mean " + meant + "?")
                                        .orElse(""))),
                Scalars::word);
    }

    static String present(String text) throws Unreadable {
        if (text.isBlank()) {
            throw new Unreadable("is blank");
        }
        return text;
    }

    static Path pathOf(String text) throws Unreadable {
        try {
            return Path.of(present(text));
        } catch (InvalidPathException e) {
            throw new Unreadable("is not a path");
        }
    }

    /** Returns an enum's constant as it is written in a file: {@code ON_DEMAND} is {@code on-demand}. */
    private static String word(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static Long whole(String text, int least, int most) throws Unreadable {
        if (!text.matches("[+-]?[0-9]{1,18}")) {
            throw new Unreadable("is not a whole number: write one from " + least + " to " + most);
        }
        return Long.parseLong(text);
    }

    private static <C extends Comparable<C>> C within(C value, C least, C most, Function<C, String> shown)
            throws Unreadable {
        if (value.compareTo(least) < 0) {
            throw new Unreadable("is below the least value, " + shown.apply(least));
        }
        if (value.compareTo(most) > 0) {
            throw new Unreadable("is above the greatest value, " + shown.apply(most));
        }
        return value;
    }
}
