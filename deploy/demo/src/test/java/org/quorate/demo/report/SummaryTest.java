package org.quorate.demo.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.quorate.demo.cluster.Ledger;
import org.quorate.demo.cluster.Witness;
import org.quorate.demo.cluster.Zombie.Attempts;
import org.quorate.demo.faults.Failover;

public class SummaryTest {
    private static final Attempts REFUSED = new Attempts(List.of("a claim", "a completion", "a tick"), List.of());

    @Test
    void the_json_has_every_promised_field() throws Exception {
        JsonNode json = new ObjectMapper()
                .readTree(summary(Map.of(), 0, REFUSED, List.of()).json());

        assertThat(json.fieldNames())
                .toIterable()
                .contains(
                        "buildmaster",
                        "masters",
                        "submitted",
                        "completed",
                        "double_claims",
                        "double_completions",
                        "lost",
                        "reclaimed",
                        "fenced_writes",
                        "schedulers_moved",
                        "ticks_doubled",
                        "share",
                        "failover_seconds",
                        "verify",
                        "seconds",
                        "seed");
        assertThat(json.path("failover_seconds")).extracting(JsonNode::asDouble).containsExactly(4.7);
        assertThat(json.path("verify").path("I1").asBoolean()).isTrue();
        assertThat(json.path("share").path("m1").asInt()).isEqualTo(7);
        assertThat(json.path("fenced_writes").asInt()).isEqualTo(5);
        assertThat(json.path("schedulers_moved").asInt()).isEqualTo(2);
    }

    @Test
    void a_run_is_whole_only_if_nothing_is_lost_doubled_unexplained_accepted_or_broken() {
        assertThat(summary(Map.of(), 0, REFUSED, List.of()).isWhole()).isTrue();

        for (String bad : List.of("lost", "double_claims", "double_completions", "ticks_doubled")) {
            assertThat(summary(Map.of(bad, 1), 0, REFUSED, List.of()).isWhole())
                    .as(bad)
                    .isFalse();
        }
        assertThat(summary(Map.of("completed", 9), 0, REFUSED, List.of()).isWhole())
                .isFalse();
        assertThat(summary(Map.of(), 1, REFUSED, List.of()).isWhole()).isFalse();
        assertThat(summary(Map.of(), 0, new Attempts(List.of(), List.of("a tick")), List.of())
                        .isWhole())
                .isFalse();
        assertThat(summary(Map.of(), 0, REFUSED, List.of("buildrequest 3 was claimed twice"))
                        .isWhole())
                .isFalse();
    }

    @Test
    void the_table_shows_what_breaks_an_invariant() {
        List<String> lines = summary(Map.of(), 0, REFUSED, List.of("buildrequest 3 was claimed twice"))
                .lines();

        assertThat(lines).anyMatch(line -> line.startsWith("I1") && line.contains("1 BROKEN"));
        assertThat(lines)
                .anyMatch(line -> line.contains("buildrequest 3 was claimed twice"))
                .contains("VIOLATED");
    }

    @Test
    void refused_writes_are_read_from_the_agents_metrics() {
        assertThat(RefusedWrites.in("# TYPE quorate_refused_writes_total counter\nquorate_refused_writes_total 2\n"
                        + "quorate_claims_total 40\n"))
                .isEqualTo(2);
        assertThat(RefusedWrites.in("nothing of the kind")).isZero();
    }

    public static Summary summary(
            Map<String, Integer> different, int unexplained, Attempts attempts, List<String> broken) {
        Map<String, Object> counts = new HashMap<>(Map.of("masters", 3, "submitted", 10, "completed", 10));
        counts.putAll(different);
        Map<String, List<String>> invariants = new LinkedHashMap<>();
        invariants.put("I1", broken);
        return new Summary(
                new Ledger.Row(new HashMap<>(counts)),
                "shell",
                new Witness(12, unexplained),
                attempts,
                2,
                List.of(new Failover("m2", "killed", 4, 4, 2, 2, Optional.of(4.5), Optional.of(4.7), Optional.of(5.0))),
                Map.of("m1", 7),
                Optional.empty(),
                new Verification(invariants),
                61.23456,
                1,
                Path.of("/tmp/demo"));
    }
}
