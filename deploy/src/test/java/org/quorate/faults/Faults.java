package org.quorate.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The program behind {@code deploy/faults}; its options are described by {@code --help}. */
public final class Faults {
    private static final int OK = 0;
    private static final int USAGE = 2;
    private static final int VIOLATION = 7;
    private static final List<String> FLAGS = List.of("--campaign", "--keep", "--plan");
    private static final List<String> OPTIONS =
            List.of("--seed", "--seeds", "--minutes", "--profile", "--mutant", "--report");

    private final Map<String, String> asked;

    private Faults(Map<String, String> asked) {
        this.asked = asked;
    }

    public static void main(String[] arguments) {
        int exit;
        try {
            exit = new Faults(parsed(arguments)).run();
        } catch (IllegalArgumentException e) {
            System.err.println("faults: " + e.getMessage() + "; see deploy/faults --help");
            exit = USAGE;
        }
        System.exit(exit);
    }

    private static Map<String, String> parsed(String[] arguments) {
        Map<String, String> asked = new TreeMap<>();
        Deque<String> words = new ArrayDeque<>(List.of(arguments));
        while (!words.isEmpty()) {
            String word = words.pop();
            if (FLAGS.contains(word)) {
                asked.put(word, "");
            } else if (OPTIONS.contains(word) && !words.isEmpty()) {
                asked.put(word, words.pop());
            } else {
                throw new IllegalArgumentException("not understood: " + word);
            }
        }
        return asked;
    }

    private int run() {
        if (asked.containsKey("--plan")) {
            Plan.of(seed(), length().toMillis(), profile()).forEach(System.out::println);
            return OK;
        }
        return asked.containsKey("--campaign") ? campaign() : one(seed());
    }

    private int one(long seed) {
        Outcome outcome = run(seed);
        System.out.print(outcome.table());
        Optional.ofNullable(asked.get("--report")).ifPresent(file -> write(Path.of(file), outcome));
        return outcome.violations().isEmpty() ? OK : VIOLATION;
    }

    private static void write(Path file, Outcome outcome) {
        try {
            Files.writeString(file, outcome.json().toPrettyString() + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private int campaign() {
        String[] seeds = asked.getOrDefault("--seeds", "1..10").split("\\.\\.");
        if (seeds.length != 2 || !asked.containsKey("--report")) {
            throw new IllegalArgumentException("a campaign needs --seeds FIRST..LAST and --report FILE.md");
        }
        Path report = Path.of(asked.get("--report"));
        int found = new Campaign(report).run(number(seeds[0]), number(seeds[1]), seed -> {
            Outcome outcome = run(seed);
            System.out.println(outcome.table());
            return outcome;
        });
        System.out.println(found + " runs found a violation; the report is " + report);
        return found == 0 ? OK : VIOLATION;
    }

    private Outcome run(long seed) {
        return new Run(seed, length(), profile(), mutant(), asked.containsKey("--keep"), System.err::println).run();
    }

    private Optional<Mutant> mutant() {
        return Optional.ofNullable(asked.get("--mutant")).map(Mutant::named);
    }

    private long seed() {
        return number(asked.getOrDefault("--seed", "1"));
    }

    private Duration length() {
        return Duration.ofSeconds(Math.round(60 * Double.parseDouble(asked.getOrDefault("--minutes", "5"))));
    }

    private Profile profile() {
        String word = asked.getOrDefault(
                "--profile", mutant().map(Mutant::profile).orElse(Profile.SHELL).word());
        Profile found = Arrays.stream(Profile.values())
                .filter(profile -> profile.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no profile " + word + "; there are "
                        + Arrays.stream(Profile.values()).map(Profile::word).toList()));
        found.objection().ifPresent(why -> {
            throw new IllegalArgumentException(why);
        });
        return found;
    }

    private static long number(String text) {
        return Long.parseLong(text.strip());
    }
}
