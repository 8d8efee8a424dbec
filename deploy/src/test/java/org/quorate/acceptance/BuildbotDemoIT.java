package org.quorate.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code quorate demo --buildbot}, from the distribution. */
@Tag("buildbot")
class BuildbotDemoIT {
    @Test
    void a_run_with_three_real_masters_survives_a_kill_and_a_freeze_and_passes_its_checks() throws Exception {
        Command.Result demo = Command.runAt(
                Path.of("/"),
                Map.of(),
                List.of(Command.program("quorate"), "demo", "--buildbot", "--stock", "--requests=60", "-o", "json"),
                1200);

        assertThat(demo.exit()).as(demo.out() + demo.err()).isZero();
        JsonNode json = new ObjectMapper().readTree(demo.out());
        assertThat(json.path("buildmaster").asText()).matches("buildbot \\d+\\.\\d+.*");
        assertThat(json.path("masters").asInt()).isEqualTo(3);
        assertThat(json.path("completed").asInt())
                .isGreaterThanOrEqualTo(60)
                .isEqualTo(json.path("submitted").asInt());
        for (String never :
                List.of("lost", "double_claims", "double_completions", "ticks_doubled", "completions_without_build")) {
            assertThat(json.path(never).asInt(-1)).as(never).isZero();
        }
        assertThat(json.path("builds_started").asInt())
                .isGreaterThan(json.path("completed").asInt());
        assertThat(json.path("reclaimed").asInt()).isPositive();
        assertThat(json.path("fenced_writes").asInt()).isGreaterThanOrEqualTo(2);
        assertThat(json.path("schedulers_moved").asInt()).isPositive();
        assertThat(json.path("failover_seconds")).hasSize(2).allMatch(seconds -> seconds.asDouble() > 0);
        assertThat(json.path("verify")).hasSize(9).allMatch(JsonNode::asBoolean);
        assertThat(json.path("share")
                        .propertyStream()
                        .map(share -> share.getValue().asInt()))
                .as("each master built something")
                .hasSize(3)
                .allMatch(completed -> completed > 0);
        assertThat(json.path("stock").path("held_by_killed").asInt())
                .as("stock never releases the claims of a dead master")
                .isPositive()
                .isEqualTo(json.path("stock").path("still_held_by_killed").asInt());
        assertThat(json.path("stock").path("schedulers_still_of_killed").asInt())
                .isPositive();
        assertThat(Path.of(json.path("directory").asText(), "m1", "buildbot", "twistd.log"))
                .isNotEmptyFile();
    }
}
