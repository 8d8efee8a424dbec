package org.quorate.failpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The texts that the property may hold, and when each failpoint acts. */
class FailpointScriptTest {
    private double chance;

    private FailpointScript script(String written) {
        return FailpointScript.of(written, () -> chance);
    }

    private static boolean acts(FailpointScript script, Failpoint at) {
        try {
            script.reached(at);
            return false;
        } catch (Failpoint.Thrown e) {
            return true;
        }
    }

    @Test
    void a_failpoint_acts_where_it_is_named_and_nowhere_else() {
        FailpointScript script = script("fence-held:throw");

        assertThatThrownBy(() -> script.reached(Failpoint.FENCE_HELD)).hasMessage("failpoint fence-held threw");
        assertThat(acts(script, Failpoint.FENCE_HELD)).isTrue();
        assertThat(acts(script, Failpoint.COMMITTED)).isFalse();
    }

    @Test
    void a_failpoint_with_a_count_acts_that_time_only() {
        FailpointScript script = script("fence-held:throw@3");

        assertThat(new boolean[] {
                    acts(script, Failpoint.FENCE_HELD),
                    acts(script, Failpoint.FENCE_HELD),
                    acts(script, Failpoint.FENCE_HELD),
                    acts(script, Failpoint.FENCE_HELD)
                })
                .containsExactly(false, false, true, false);
    }

    @Test
    void a_failpoint_with_a_probability_acts_when_the_random_number_is_below_it() {
        FailpointScript script = script("committed:throw@0.25");

        chance = 0.25;
        assertThat(acts(script, Failpoint.COMMITTED)).isFalse();
        chance = 0.24;
        assertThat(acts(script, Failpoint.COMMITTED)).isTrue();
    }

    @Test
    void several_failpoints_act_independently_and_a_pause_ends_by_itself() {
        FailpointScript script = script(" committed:pause(1ms)@1 ; fence-held:throw@2;");

        assertThat(acts(script, Failpoint.COMMITTED)).isFalse();
        assertThat(acts(script, Failpoint.FENCE_HELD)).isFalse();
        assertThat(acts(script, Failpoint.FENCE_HELD)).isTrue();
    }

    @Test
    void an_interrupt_ends_a_pause_and_is_cleared() {
        FailpointScript script = script("committed:pause(1000d)");

        Thread.currentThread().interrupt();

        assertThat(acts(script, Failpoint.COMMITTED)).isFalse();
        assertThat(Thread.interrupted()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "fence-hold:kill",
                "fence-held",
                "fence-held:",
                "fence-held:sleep",
                "fence-held:pause",
                "FENCE-HELD:kill",
                "fence-held:kill(3)",
                "fence-held:kill,committed:kill",
                "kill",
                "fence-held:throw@x"
            })
    void an_unknown_failpoint_is_refused_with_one_line_that_lists_them_all(String written) {
        FailpointScript script = script("committed:throw;" + written);

        assertThat(script.mistake())
                .hasValueSatisfying(mistake -> assertThat(mistake)
                        .doesNotContain("\n")
                        .startsWith("the property quorate.failpoint ")
                        .contains(Arrays.stream(Failpoint.values())
                                .map(Failpoint::word)
                                .toList()));
        assertThat(acts(script, Failpoint.COMMITTED)).as("no failpoint acts").isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "fence-held:pause(15), has no unit",
        "fence-held:pause(), is not a duration",
        "fence-held:kill@0, wants a count from 1",
        "fence-held:kill@1.5, wants a count from 1",
        "fence-held:kill@1.2.3, wants a count from 1",
        "fence-held:kill@., wants a count from 1"
    })
    void a_number_that_makes_no_sense_is_refused(String written, String complaint) {
        assertThat(script(written).mistake())
                .hasValueSatisfying(
                        mistake -> assertThat(mistake).contains(complaint).contains(written));
    }

    @Property(tries = 2_000)
    void any_text_in_the_property_is_read_or_refused(@ForAll String written) {
        assertThatCode(() -> script(written)).doesNotThrowAnyException();
    }

    @Test
    void without_the_property_nothing_happens() {
        assertThat(System.getProperty(Failpoint.PROPERTY)).isNull();

        assertThatCode(() -> Arrays.stream(Failpoint.values()).forEach(Failpoint::reached))
                .doesNotThrowAnyException();
        assertThat(Failpoint.mistake()).isEmpty();
    }
}
