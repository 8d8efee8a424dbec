package org.quorate.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CampaignTest {
    @TempDir
    private Path directory;

    private final List<Long> ran = new ArrayList<>();

    @Test
    void a_campaign_that_was_broken_off_goes_on_with_the_missing_seeds() {
        Path report = directory.resolve("report.md");
        new Campaign(report).run(1, 2, this::clean);

        assertThat(new Campaign(report).run(1, 3, this::clean)).isZero();

        assertThat(ran).containsExactly(1L, 2L, 3L);
    }

    @Test
    void the_report_has_a_line_for_each_seed_the_sums_and_every_violation() throws Exception {
        Path report = directory.resolve("report.md");

        int found = new Campaign(report).run(1, 2, seed -> seed == 1 ? clean(seed) : broken(seed));

        assertThat(found).isOne();
        assertThat(Files.readString(report))
                .contains("| 1 | 330 | 3 | 1 | 100 | 90 |", "| 2 | 330 | 3 | 1 | 100 | 90 |")
                .contains("| **2** | **660** | **6** | **2** | **200** | **180** |")
                .contains("| kill-agent | 6 |")
                .contains("**violation**, seed 2: completed twice: [\"seq=7\",\"seq=9\"]");
    }

    private Outcome clean(long seed) {
        return outcome(seed, List.of());
    }

    private Outcome broken(long seed) {
        return outcome(seed, List.of(new Violation("completed twice", "these", List.of("seq=7", "seq=9"))));
    }

    private Outcome outcome(long seed, List<Violation> violations) {
        ran.add(seed);
        return new Outcome(
                seed,
                "shell",
                330,
                Map.of("kill-agent", 3),
                Map.of("move", 1),
                Map.of(),
                Map.of(Outcome.REQUESTS, 100L, Outcome.CLAIMS, 90L),
                Map.of("from a fault to its fence", new Spans(List.of(7.0, 8.0))),
                List.of(),
                violations,
                "");
    }
}
