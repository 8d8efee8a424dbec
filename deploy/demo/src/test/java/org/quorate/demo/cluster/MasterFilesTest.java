package org.quorate.demo.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.agent.config.AgentConfiguration;

class MasterFilesTest {
    private static final Shipped SHIPPED = new Shipped(Optional.empty(), Path.of(""));

    @TempDir
    private Path directory;

    @Test
    void the_agent_takes_its_configuration_without_a_mistake() throws Exception {
        MasterFiles files = MasterFiles.in(directory, "m2");
        Buildmasters shell = new ShellMasters(new Programs(List.of("quorate-agent"), List.of()), sample());

        AgentConfiguration read = written(files, shell);

        assertThat(read.master()).isEqualTo("m2");
        assertThat(read.zookeeper().sessionTimeout()).isEqualTo(Duration.ofSeconds(4));
        assertThat(read.buildmaster().orElseThrow().command())
                .containsExactly(
                        "quorate-agent",
                        "shell-buildmaster",
                        "--config",
                        files.folder().resolve("buildmaster.yaml").toString());
    }

    @Test
    void a_real_buildbot_finds_all_that_it_needs_in_its_base_directory() throws Exception {
        MasterFiles files = MasterFiles.in(directory, "m2");
        Installation buildbot = Installation.find(program -> Optional.of("3.7.0"), SHIPPED);

        AgentConfiguration read = written(files, new BuildbotMasters(buildbot, sample()));

        Path base = files.folder().resolve("buildbot");
        assertThat(read.buildmaster().orElseThrow().directory()).isEqualTo(base);
        assertThat(read.buildmaster().orElseThrow().command()).endsWith("-y", "buildbot.tac");
        assertThat(base.resolve("buildbot.tac")).isNotEmptyFile();
        assertThat(base.resolve("master.cfg")).content().contains("buildbot_quorate.join(c)");
        JsonNode demo = new ObjectMapper().readTree(base.resolve("demo.json").toFile());
        assertThat(demo.path("master").asText()).isEqualTo("m2");
        assertThat(demo.path("database").asText()).isEqualTo("postgresql://postgres@127.0.0.1:5432/quorate");
        assertThat(demo.path("password_file").asText())
                .isEqualTo(directory.resolve("password").toString());
        assertThat(demo.path("slots").asInt()).isEqualTo(Wish.SLOTS);
        assertThat(demo.path("builders")).extracting(JsonNode::asText).isEqualTo(Sample.BUILDERS);
        assertThat(Path.of(demo.path("sample").asText()).resolve("commands")).isDirectoryContaining("glob:**/lint");
    }

    /** Returns the agent's configuration, as the agent reads it. */
    private AgentConfiguration written(MasterFiles files, Buildmasters buildmasters) throws Exception {
        Path password = Files.writeString(directory.resolve("password"), "secret\n");
        Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
        Stores stores = new Stores(
                "demo-1", "127.0.0.1:2181", "jdbc:postgresql://127.0.0.1:5432/quorate", "postgres", password);
        files.write(stores, buildmasters.prepare(files, stores), 8090);
        return AgentConfiguration.of(AgentConfiguration.read(files.agent(), Map.of()));
    }

    private static Sample sample() {
        return Sample.find(Optional.empty(), SHIPPED);
    }

    @Test
    void a_missing_sample_project_is_reported_with_the_places_that_were_searched() {
        assertThatThrownBy(() -> Sample.find(Optional.empty(), new Shipped(Optional.of(directory), directory)))
                .isInstanceOf(DemoFailed.class)
                .hasMessageContaining("the sample project is missing")
                .hasMessageContaining(directory.toString())
                .hasMessageContaining("-Dquorate.demo.sample=FOLDER");
    }

    @Test
    void the_launcher_of_the_distribution_is_used_where_there_is_one() throws Exception {
        Path launcher = Files.createDirectories(directory.resolve("bin")).resolve("quorate-agent");
        Files.createFile(launcher, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));

        assertThat(Programs.find(Optional.of(directory), Path.of("/java"), "a.jar")
                        .agent(Path.of("agent.yaml")))
                .containsExactly(launcher.toString(), "--config", "agent.yaml");
        assertThat(Programs.find(Optional.empty(), Path.of("/java"), "a.jar").agent(Path.of("agent.yaml")))
                .startsWith("/java/bin/java")
                .contains("-cp", "a.jar", "org.quorate.agent.Main");
    }
}
