package org.quorate.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PlanTest {
    private static final long FIVE_MINUTES = 300_000;

    @Test
    void a_seed_decides_everything() {
        assertThat(Plan.of(7, FIVE_MINUTES, Profile.SHELL))
                .isEqualTo(Plan.of(7, FIVE_MINUTES, Profile.SHELL))
                .isNotEqualTo(Plan.of(8, FIVE_MINUTES, Profile.SHELL));
    }

    @Test
    void five_minutes_hold_more_than_sixty_faults_beside_the_commands_of_operators() {
        for (long seed = 1; seed <= 50; seed++) {
            assertThat(Plan.of(seed, FIVE_MINUTES, Profile.SHELL))
                    .filteredOn(fault -> !fault.kind().isCommand())
                    .hasSizeGreaterThan(65);
        }
    }

    @Test
    void every_kind_of_fault_happens_in_some_plan() {
        Set<Kind> met = LongStream.rangeClosed(1, 20)
                .boxed()
                .flatMap(seed -> Plan.of(seed, FIVE_MINUTES, Profile.SHELL).stream())
                .map(Fault::kind)
                .collect(Collectors.toSet());

        assertThat(met).isEqualTo(Profile.SHELL.kinds());
    }

    @Test
    void no_two_faults_of_one_target_overlap() {
        Map<String, List<Fault>> byTarget =
                Plan.of(3, FIVE_MINUTES, Profile.SHELL).stream().collect(Collectors.groupingBy(Fault::target));

        byTarget.values().forEach(faults -> {
            for (int i = 1; i < faults.size(); i++) {
                assertThat(faults.get(i).atMillis())
                        .isGreaterThan(
                                faults.get(i - 1).atMillis() + faults.get(i - 1).lastsMillis());
            }
        });
    }

    @Test
    void each_profile_has_its_own_faults() {
        assertThat(Plan.of(1, FIVE_MINUTES, Profile.LOAD)).isEmpty();
        assertThat(Plan.of(1, FIVE_MINUTES, Profile.STANDBY))
                .hasSizeGreaterThan(18)
                .isEqualTo(Plan.of(1, FIVE_MINUTES, Profile.STANDBY_ASYNC));
        assertThat(Plan.of(1, FIVE_MINUTES, Profile.RESTARTS)).isNotEmpty().allSatisfy(fault -> {
            assertThat(fault.kind()).isEqualTo(Kind.KILL_AGENT);
            assertThat(fault.lastsMillis()).isZero();
        });
        assertThat(Plan.of(211, 100_000, Profile.CUTS)).hasSizeGreaterThan(6).allSatisfy(fault -> {
            assertThat(fault.kind()).isEqualTo(Kind.CUT_FROM_ZOOKEEPER);
            assertThat(fault.lastsMillis()).isGreaterThan(6000);
        });
        assertThat(Plan.of(211, 100_000, Profile.KILLS))
                .hasSizeGreaterThan(6)
                .extracting(Fault::lastsMillis)
                .contains(0L, 10_000L);
    }
}
