package org.quorate.agent.shell;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.quorate.config.Key;
import org.quorate.config.Keys;
import org.quorate.config.Secret;
import org.quorate.config.Unreadable;
import org.quorate.config.Values;

/**
 * The keys of a shell buildmaster's file, and the rules between them. {@code CONFIGURATION.md} is generated from them.
 */
public final class ShellKeys {
    private static final int MOST_SLOTS = 10_000;
    private static final String LONGEST = "3650d";

    /** The causes for which a scheduler fires. Each kind has one key that only it may have. */
    enum SchedulerKind {
        PERIODIC("every"),
        NIGHTLY("at"),
        DEPENDENT("upstream");

        private final String key;

        SchedulerKind(String key) {
            this.key = key;
        }

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static final Key<String> NAME = Key.text("name")
            .otherwise("shell")
            .describedAs("the name that the buildmaster sends to its agent; "
                    + "written to the effect log if no agent started the buildmaster");

    static final Key<Integer> SLOTS = Key.integer("slots", 1, MOST_SLOTS, "builds")
            .otherwise("1")
            .describedAs("how many builds run at the same time, over all builders");

    static final Key<Path> DIRECTORY = Key.path("directory")
            .describedAs("the directory for the builds' logs and work directories, and the effect log "
                    + "`effects.jsonl`, which records the start and the end of each build");

    static final Key<Duration> STOP_DEADLINE = Key.duration("stop_deadline", "0s", LONGEST)
            .otherwise("30s")
            .describedAs(
                    "how long running builds may take after SIGTERM, before they are killed and released to the queue")
            .danger("longer than the agent's `buildmaster.stop_deadline`: the agent kills the buildmaster first");

    static final Key<Path> JOURNAL = Key.path("journal")
            .optional()
            .describedAs("for tests: a file for the agent's answers to completions and releases");

    static final Key<List<String>> COMMAND = Key.anyTextList("command")
            .verbatim()
            .describedAs(
                    "program and arguments, as `[sh, -c, \"make\"]`; the environment has the buildset's properties as "
                            + "`PROP_<NAME>`");

    static final Key<Integer> BUILDER_SLOTS = Key.integer("slots", 1, MOST_SLOTS, "builds")
            .optional()
            .describedAs("how many builds of this builder run at the same time; the file's `slots` when left out");

    static final Key<Map<String, Secret>> ENVIRONMENT = Key.secretMap("environment", ShellKeys::variable)
            .otherwise("{}")
            .verbatim()
            .describedAs("environment variables for the command, added to those of the buildmaster; "
                    + "their values are shown nowhere");

    static final Key<Duration> TIMEOUT = Key.duration("timeout", "1ms", LONGEST)
            .optional()
            .describedAs(
                    "how long a build may run before it is killed and completed as EXCEPTION; unlimited when left out");

    private static final Keys BUILDER =
            Keys.of(COMMAND, BUILDER_SLOTS, ENVIRONMENT, TIMEOUT).rule(ShellKeys::program, COMMAND);

    static final Key<Map<String, Values>> BUILDERS = Key.namedSections("builders", ShellKeys::builderName, BUILDER)
            .describedAs("the builders, by name; each name becomes a directory");

    static final Key<SchedulerKind> KIND = Key.choice("kind", SchedulerKind.class)
            .describedAs(
                    "`periodic` ticks with the period `every`, `nightly` at the times `at`, `dependent` after each "
                            + "success of the scheduler `upstream`");

    static final Key<Duration> EVERY = Key.duration("every", "1s", LONGEST)
            .optional()
            .describedAs("for `periodic`: whole seconds; it ticks at their multiples since 1970, "
                    + "at the same times on all masters");

    static final Key<Cron> AT = Key.scalar("at", "cron expression", ShellKeys::cron)
            .optional()
            .describedAs("for `nightly`: minute, hour, day of the month, month and day of the week as in crontab(5),"
                    + " in UTC");

    static final Key<String> UPSTREAM = Key.predecessor("upstream", "schedulers")
            .describedAs("for `dependent`: the scheduler whose buildset must have succeeded");

    static final Key<List<String>> SCHEDULED =
            Key.referenceList("builders", "builders").describedAs("the builders for which it submits buildrequests");

    static final Key<Integer> PRIORITY = Key.integer("priority", Integer.MIN_VALUE, Integer.MAX_VALUE, "")
            .otherwise("0")
            .describedAs("the priority of its buildrequests; a higher one is claimed first");

    static final Key<Map<String, String>> PROPERTIES =
            Key.textMap("properties").otherwise("{}").verbatim().describedAs("the properties of its buildsets");

    private static final Keys SCHEDULER = Keys.of(KIND, EVERY, AT, UPSTREAM, SCHEDULED, PRIORITY, PROPERTIES)
            .rule(values -> fits(values, EVERY), EVERY, KIND)
            .rule(values -> fits(values, AT), AT, KIND)
            .rule(values -> fits(values, UPSTREAM), UPSTREAM, KIND)
            .rule(ShellKeys::wholeSeconds, EVERY)
            .rule(ShellKeys::someBuilder, SCHEDULED);

    static final Key<Map<String, Values>> SCHEDULERS =
            Key.namedSections("schedulers", SCHEDULER).otherwise("{}").describedAs("the schedulers, by name");

    public static final Keys ALL = Keys.of(NAME, SLOTS, DIRECTORY, STOP_DEADLINE, JOURNAL, BUILDERS, SCHEDULERS);

    private ShellKeys() {}

    private static String builderName(String name) throws Unreadable {
        if (!name.matches("[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}")) {
            throw new Unreadable(
                    "cannot be a builder's name, which becomes a directory: use letters, digits and _ . + -");
        }
        return name;
    }

    private static String variable(String name) throws Unreadable {
        if (!name.matches("[A-Za-z_][A-Za-z0-9_]*") || name.startsWith("QUORATE_")) {
            throw new Unreadable(
                    "cannot be a variable's name: use letters, digits and _, not beginning with a digit or QUORATE_");
        }
        return name;
    }

    private static Cron cron(String text) throws Unreadable {
        try {
            return Cron.parse(text);
        } catch (IllegalArgumentException e) {
            throw new Unreadable("is not a cron expression: " + e.getMessage());
        }
    }

    private static Optional<String> program(Values builder) {
        return builder.get(COMMAND).stream()
                        .findFirst()
                        .filter(word -> !word.isBlank())
                        .isPresent()
                ? Optional.empty()
                : Optional.of("has no program: write it first, as [sh, -c, \"make\"]");
    }

    /** Checks that the key of one kind of scheduler is present for that kind, and absent for the others. */
    private static Optional<String> fits(Values scheduler, Key<?> key) {
        SchedulerKind kind = scheduler.get(KIND);
        boolean given = scheduler.find(key).isPresent();
        if (kind.key.equals(key.path())) {
            return given ? Optional.empty() : Optional.of("is missing: the kind " + kind.word() + " needs it");
        }
        return given ? Optional.of("is not for the kind " + kind.word() + ", which has " + kind.key) : Optional.empty();
    }

    private static Optional<String> wholeSeconds(Values scheduler) {
        return scheduler
                .find(EVERY)
                .filter(every -> every.toMillis() % 1000 != 0)
                .map(every -> "must be whole seconds");
    }

    private static Optional<String> someBuilder(Values scheduler) {
        return scheduler.get(SCHEDULED).isEmpty()
                ? Optional.of("names no builder: write at least one, as [compile, test]")
                : Optional.empty();
    }
}
