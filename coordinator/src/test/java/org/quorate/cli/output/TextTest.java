package org.quorate.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextTest {
    @ParameterizedTest
    @CsvSource({
        "0,0s",
        "59,59s",
        "60,1m",
        "61,1m1s",
        "754,12m",
        "3600,1h",
        "5400,1h30m",
        "86400,1d",
        "100000,1d3h",
        "-5,0s"
    })
    void a_duration_is_printed_in_two_units_at_most(long seconds, String printed) {
        assertThat(Text.span(Duration.ofSeconds(seconds))).isEqualTo(printed);
    }

    @Test
    void columns_are_aligned_with_numbers_to_the_right_and_a_dash_for_an_empty_cell() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("name", "m1");
        values.put("count", 7L);
        values.put("at", Instant.ofEpochSecond(40));
        values.put("secret", null);

        List<String> lines = Table.of("NAME-OF-IT:name", "COUNT:count:number", "AGE:at:age", "X:secret:wide")
                .lines(List.of(new Row(values)), true, Instant.ofEpochSecond(100));

        assertThat(lines).containsExactly("NAME-OF-IT  COUNT  AGE  X", "m1              7  1m   -");
    }

    @Test
    void control_characters_become_visible() {
        assertThat(Text.printable("a\u001b[31m\u0000\u202eb\n")).isEqualTo("a\\u001b[31m\\u0000\\u202eb\\n");
        assertThat(Text.printable("grüße 😀")).isEqualTo("grüße 😀");
    }
}
