package org.quorate.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The nine invariants under all faults of the nemesis, with a fixed seed or with one that changes every day. */
@Tag("faults")
@Timeout(value = 40, unit = TimeUnit.MINUTES) // on a slow machine a run goes on until it has done enough
class CampaignIT {
    private static final double MINUTES = Double.parseDouble(System.getProperty("quorate.faults.minutes", "5"));
    private static final int FAULTS_A_MINUTE = 12;
    private static final Duration OF_A_MUTANT = Duration.ofSeconds(100);
    private static final Duration OF_A_PROFILE = Duration.ofSeconds(60);
    private static final List<Profile> PROFILES = List.of(
            Profile.STANDBY,
            Profile.NAMESPACES,
            Profile.DISK_FULL,
            Profile.STANDBY_ASYNC,
            Profile.POOLER,
            Profile.FORK);
    /** A mutant does wrong when an epoch ends: mostly in the first plan, and it is given three. */
    private static final List<Long> SEEDS_OF_A_MUTANT = List.of(211L, 212L, 213L);

    private static long today() {
        return LocalDate.now(ZoneOffset.UTC).toEpochDay();
    }

    /** The fixed seed or the one of the date, in turns, or both: {@code -Dquorate.faults.seeds=all}. */
    static List<Long> seeds() {
        return oneOrAll("quorate.faults.seeds", List.of(1L, today()));
    }

    /** One mutant a day, or all: {@code -Dquorate.faults.mutants=all}. */
    static List<Mutant> mutants() {
        return oneOrAll("quorate.faults.mutants", Arrays.asList(Mutant.values()));
    }

    /** One profile a day, or all: {@code -Dquorate.faults.profiles=all}. */
    static List<Profile> profiles() {
        return oneOrAll("quorate.faults.profiles", PROFILES);
    }

    private static <T> List<T> oneOrAll(String property, List<T> all) {
        // CI runs these tests every other day: each has its turn only if two days count as one
        int turn = (int) (today() / 2 % all.size());
        return System.getProperty(property, "").equals("all") ? all : List.of(all.get(turn));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void nothing_is_claimed_twice_or_lost_under_faults(long seed) {
        Outcome outcome = run(seed, Duration.ofSeconds(Math.round(60 * MINUTES)), Profile.SHELL, Optional.empty());

        assertThat(outcome.violations()).as(outcome.table()).isEmpty();
        assertThat(outcome.number(Outcome.REQUESTS))
                .as(outcome.table())
                .isGreaterThanOrEqualTo(Math.round(Profile.SHELL.requestsAMinute() * MINUTES));
        assertThat(outcome.faultCount()).as(outcome.table()).isGreaterThanOrEqualTo((int)
                Math.round(FAULTS_A_MINUTE * MINUTES));
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void a_protocol_that_lacks_a_part_is_detected(Mutant mutant) {
        assertThat(SEEDS_OF_A_MUTANT)
                .anySatisfy(seed -> assertThat(run(seed, OF_A_MUTANT, mutant.profile(), Optional.of(mutant))
                                .violations())
                        .isNotEmpty());
    }

    @ParameterizedTest
    @MethodSource("profiles")
    void under_the_other_profiles_nothing_is_lost_unnoticed(Profile profile) {
        assumeTrue(profile.objection().isEmpty(), () -> profile.objection().orElseThrow());
        Outcome outcome = run(today(), OF_A_PROFILE, profile, Optional.empty());

        assertThat(outcome.violations()).as(outcome.table()).isEmpty();
        assertThat(outcome.faultCount()).as(outcome.table()).isGreaterThanOrEqualTo(2);
    }

    private static Outcome run(long seed, Duration length, Profile profile, Optional<Mutant> mutant) {
        Outcome outcome = new Run(seed, length, profile, mutant, false, System.out::println).run();
        System.out.println(outcome.table());
        return outcome;
    }
}
