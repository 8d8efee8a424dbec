package org.quorate.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class GuessTest {
    @Test
    void only_a_similar_name_is_suggested() {
        assertThat(Guess.among("linx-gcc", List.of("linux-gcc", "mac"))).isEqualTo("did you mean linux-gcc?");
        assertThat(Guess.among("Linux_GCC", List.of("linux-gcc", "mac"))).isEqualTo("did you mean linux-gcc?");
        assertThat(Guess.among("tset", List.of("compile", "test"))).isEqualTo("did you mean test?");
        assertThat(Guess.among("windows", List.of("linux", "mac"))).isEqualTo("there is linux, mac");
        assertThat(Guess.among("x", List.of())).isEqualTo("there is none yet");
    }

    @Test
    void of_many_names_the_five_most_similar_are_listed() {
        assertThat(Guess.among("zzzz", List.of("a1", "a2", "a3", "a4", "a5", "a6")))
                .isEqualTo("there is a1, a2, a3, a4, a5, …");
    }
}
