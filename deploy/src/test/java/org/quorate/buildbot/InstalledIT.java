package org.quorate.buildbot;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the tests of this package need of the machine. */
@Tag("buildbot")
class InstalledIT {
    /** The Python that Debian's packages are for, whatever else is on the path. */
    private static final String PYTHON = "/usr/bin/python3";

    @Test
    void the_buildbot_that_is_installed_is_one_that_these_tests_are_written_for() throws Exception {
        Process python = new ProcessBuilder(
                        List.of(PYTHON, "-c", "import buildbot, buildbot_worker, psycopg2; print(buildbot.version)"))
                .redirectErrorStream(true)
                .start();

        String said = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(python.waitFor()).as(said).isZero();
        assertThat(said).startsWith("3.7.");
    }
}
