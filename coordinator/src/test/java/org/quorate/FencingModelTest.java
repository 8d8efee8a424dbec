package org.quorate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The Promela model of the fencing protocol ({@code src/test/promela/fencing.pml}), searched exhaustively by Spin. The
 * complete protocol holds in every order of its steps; without any one of its precautions it does not. The test needs
 * {@code spin} and a C compiler. If they are missing it is skipped, unless {@code QUORATE_REQUIRE_SPIN} is set, as in
 * CI.
 */
@Tag("faults")
class FencingModelTest {
    private static final Path MODEL = Path.of("src/test/promela/fencing.pml").toAbsolutePath();
    private static final boolean REQUIRED = System.getenv("QUORATE_REQUIRE_SPIN") != null;
    /** Bounds a search that hangs; a variant takes seconds. */
    private static final long PATIENCE_SECONDS = 300;

    @TempDir
    Path folder;

    @BeforeEach
    void given_spin_and_a_compiler() throws Exception {
        Files.writeString(folder.resolve("probe.c"), "#include <stdio.h>\n");
        boolean there = isThere("spin", "-V") && isThere("gcc", "-c", "probe.c");
        assertThat(there || !REQUIRED)
                .as("QUORATE_REQUIRE_SPIN is set: apt-get install spin gcc libc6-dev")
                .isTrue();
        assumeTrue(there, "the model is not checked without spin and gcc: apt-get install spin gcc libc6-dev");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "STALE_NUMBERS", "ROLLBACK NUMBERS=4 ATTEMPTS=1"})
    void the_protocol_holds_in_every_order_of_its_steps(String variant) throws Exception {
        String found = search(variant);

        assertThat(found).contains("errors: 0");
        assertThat(found)
                .as("the search was complete")
                .doesNotContain("Search not completed", "max search depth too small", "hash conflicts unresolved");
        assertThat(states(found)).as("states").isGreaterThan(10_000);
    }

    @ParameterizedTest
    @CsvSource({
        "NO_FENCE, db.epoch[m]==e",
        "CHECK_WITHOUT_LOCK, db.epoch[m]==e",
        "KEY_SHARE, db.epoch[m]==e",
        "NO_ATTEMPT, db.attempt==a",
        "NO_NEW_EPOCH, db.ended[m]",
        "NO_LEADER_EPOCH, db.leaderEpoch==le",
        "RESUME_IGNORES_EPOCH, db.heldEpoch==db.epoch[db.holder]",
        "ROLLBACK NUMBERS=4 ATTEMPTS=1 DATABASE_NUMBERS, issued",
        "ROLLBACK ATTEMPTS=0 STALE_NUMBERS, issued"
    })
    void a_variant_without_one_of_its_precautions_does_not_hold(String variant, String broken) throws Exception {
        String found = search(variant);

        assertThat(found).contains("errors: 1");
        assertThat(found.lines().filter(line -> line.contains("assertion violated")))
                .as("the violated assertion is the expected one")
                .singleElement()
                .satisfies(line -> assertThat(line.replaceAll("[ ()]|\\(int\\)|now\\.", ""))
                        .contains(broken.replace(" ", "")));
    }

    /** The statements that the model names are statements of module sql. */
    @Test
    void every_statement_that_the_model_names_exists() throws Exception {
        List<String> named = Pattern.compile("\\b(masters|leader|claims)/[a-z_]+")
                .matcher(Files.readString(MODEL))
                .results()
                .map(found -> found.group())
                .distinct()
                .toList();

        assertThat(named)
                .hasSizeGreaterThan(10)
                .allSatisfy(name -> assertThat(FencingModelTest.class.getResource("/sql/" + name + ".sql"))
                        .as(name)
                        .isNotNull());
    }

    private String search(String variant) throws Exception {
        List<String> spin = new ArrayList<>(List.of("spin", "-a"));
        for (String define : variant.isEmpty() ? new String[0] : variant.split(" ")) {
            assertThat(Files.readString(MODEL))
                    .as("a variant that the model does not know would be the complete protocol")
                    .containsPattern("def(ined\\()? *" + define.replaceAll("=.*", "") + "\\b");
            spin.add("-D" + define);
        }
        spin.add(MODEL.toString());
        assertThat(run(spin)).as("errors of spin").doesNotContain("rror:");
        run(List.of("gcc", "-O2", "-w", "-DSAFETY", "-DCOLLAPSE", "-DMEMLIM=1500", "-o", "pan", "pan.c"));
        return run(List.of("./pan", "-m1000000", "-w22"));
    }

    private static long states(String found) {
        return Pattern.compile("(?m)^\\s*([0-9.e+]+) states, stored")
                .matcher(found)
                .results()
                .mapToLong(state -> (long) Double.parseDouble(state.group(1)))
                .findFirst()
                .orElse(0);
    }

    private boolean isThere(String... command) throws Exception {
        try {
            return start(List.of(command)).waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** Runs a command, which must succeed. Returns its output. */
    private String run(List<String> command) throws Exception {
        Process process = start(command);
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .as(String.join(" ", command))
                .isTrue();
        String printed = Files.readString(folder.resolve("printed"), StandardCharsets.UTF_8);
        assertThat(process.exitValue()).as(printed).isZero();
        return printed;
    }

    private Process start(List<String> command) throws IOException {
        return new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("printed").toFile())
                .start();
    }
}
