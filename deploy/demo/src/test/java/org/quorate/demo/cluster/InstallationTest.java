package org.quorate.demo.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InstallationTest {
    private static final String ADVICE =
            "install it: sudo apt-get install -y buildbot buildbot-worker python3-psycopg2";

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"3.7.0", "3.11.9", "4.0.0", "4.3.0.dev1", "10.1"})
    void a_buildbot_of_these_versions_is_accepted(String version) throws Exception {
        Installation found = Installation.find(program -> Optional.of(version), distribution());

        assertThat(found.version()).isEqualTo(version);
        assertThat(found.plugin()).isEqualTo(directory.resolve("share/buildbot-plugin"));
        assertThat(found.configuration()).isEqualTo(directory.resolve("share/demo/buildbot"));
    }

    @Test
    void the_revision_of_debians_package_is_no_part_of_the_version() throws Exception {
        assertThat(Installation.find(program -> Optional.of("3.7.0-2"), distribution())
                        .version())
                .isEqualTo("3.7.0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"3.6.1", "2.10.5", "0.9", "latest"})
    void an_older_or_unreadable_version_is_refused_with_how_to_install_one(String version) throws Exception {
        Shipped distribution = distribution();

        assertThatThrownBy(() -> Installation.find(program -> Optional.of(version), distribution))
                .isInstanceOf(DemoFailed.class)
                .hasMessageContaining(version)
                .hasMessageEndingWith(ADVICE);
    }

    @Test
    void a_python_without_buildbot_its_worker_or_psycopg2_is_refused_with_how_to_install_them() throws Exception {
        Shipped distribution = distribution();

        assertThatThrownBy(() -> Installation.find(
                        program -> {
                            assertThat(program).contains("buildbot,", "buildbot_worker", "psycopg2");
                            return Optional.empty();
                        },
                        distribution))
                .isInstanceOf(DemoFailed.class)
                .hasMessageEndingWith(ADVICE);
    }

    @Test
    void a_missing_plugin_is_reported_with_the_places_that_were_searched() {
        assertThatThrownBy(() -> Installation.find(
                        program -> Optional.of("3.7.0"), new Shipped(Optional.of(directory), directory)))
                .isInstanceOf(DemoFailed.class)
                .hasMessageContaining("the plugin is missing")
                .hasMessageContaining("deploy/buildbot-plugin above " + directory);
    }

    private Shipped distribution() throws Exception {
        Files.createDirectories(directory.resolve("share/buildbot-plugin"));
        Files.createDirectories(directory.resolve("share/demo/buildbot"));
        return new Shipped(Optional.of(directory), Path.of("/"));
    }
}
