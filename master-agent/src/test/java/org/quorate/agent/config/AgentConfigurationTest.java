package org.quorate.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.config.ConfigurationErrors;
import org.quorate.config.HostPort;
import org.quorate.config.Key;
import org.quorate.config.Mistake;
import org.quorate.config.Secret;
import org.quorate.config.Values;
import org.quorate.config.YamlFile;

class AgentConfigurationTest {
    private static final String LEAST = """
            cluster: ci-prod
            master: m1
            state_directory: /var/lib/quorate/m1
            zookeeper: {connect: "zk1:2181,zk2:2181"}
            database: {url: "jdbc:postgresql://db/buildbot"}
            """;

    @TempDir
    Path directory;

    private static Values values(String text) {
        return YamlFile.parse("agent.yaml", text).values(AgentConfiguration.keys(), Map.of());
    }

    private static List<String> mistakes(String text) {
        ConfigurationErrors errors = catchThrowableOfType(ConfigurationErrors.class, () -> values(text));
        assertThat(errors).as("must be rejected: %s", text).isNotNull();
        return errors.mistakes().stream().map(Mistake::toString).toList();
    }

    @Test
    void the_least_file_is_filled_with_the_documented_defaults() {
        AgentConfiguration configuration = AgentConfiguration.of(values(LEAST));

        assertThat(configuration)
                .isEqualTo(new AgentConfiguration(
                        "ci-prod",
                        "m1",
                        Optional.empty(),
                        Path.of("/var/lib/quorate/m1"),
                        new AgentConfiguration.Zookeeper("zk1:2181,zk2:2181", Duration.ofSeconds(6)),
                        new AgentConfiguration.Database(
                                "jdbc:postgresql://db/buildbot",
                                "quorate",
                                Optional.empty(),
                                3,
                                Duration.ofSeconds(4),
                                Duration.ofSeconds(5)),
                        new AgentConfiguration.Timing(
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(10),
                                Duration.ofMinutes(5)),
                        new AgentConfiguration.Ownership(Duration.ofMillis(500), Duration.ofSeconds(5), 60),
                        OptionalInt.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Duration.ofDays(90),
                        100));
        assertThat(values(LEAST).notes()).isEmpty();
    }

    @Test
    void every_key_is_mapped_to_its_place() throws Exception {
        Path password = Files.writeString(directory.resolve("password"), "hunter2\n");
        Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-r-----"));
        Values values = values("""
                cluster: c
                master: "host:/srv/master"
                state_directory: /s
                zookeeper: {connect: "zk1:2181, zk2:2181/ci", session_timeout: 12s}
                database:
                  url: jdbc:postgresql://db/b
                  user: u
                  password_file: %s
                  pool_size: 5
                  statement_timeout: 2s
                  socket_timeout: 3s
                timing: {grace: 1500ms, kill_time: 3s, poll: 7s}
                ownership: {delay: 1s, settle: 9s, moves_per_minute: 6}
                capacity: 4
                buildmaster:
                  command: [run, me]
                  wake_interval: 30s
                  heartbeat_limit: 4m
                  directory: /d
                  environment: {TOKEN: hunter2}
                  restart_delay: 4s
                  start_limit: 2h
                  stop_deadline: 1m
                  hang_limit: 20s
                  candidates_max: 7
                  log: b.log
                http: {listen: "127.0.0.1:0"}
                host: m1.example.org
                gateway: {listen: "0.0.0.0:9989", connections_max: 300}
                history: {retention_days: 30}
                """.formatted(password));

        AgentConfiguration configuration = AgentConfiguration.of(values);

        assertThat(configuration)
                .isEqualTo(new AgentConfiguration(
                        "c",
                        "host:/srv/master",
                        Optional.of("m1.example.org"),
                        Path.of("/s"),
                        new AgentConfiguration.Zookeeper("zk1:2181,zk2:2181/ci", Duration.ofSeconds(12)),
                        new AgentConfiguration.Database(
                                "jdbc:postgresql://db/b",
                                "u",
                                Optional.of(new Secret("hunter2")),
                                5,
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(3)),
                        new AgentConfiguration.Timing(
                                Duration.ofMillis(1500),
                                Duration.ofSeconds(3),
                                Duration.ofSeconds(7),
                                Duration.ofSeconds(20)),
                        new AgentConfiguration.Ownership(Duration.ofSeconds(1), Duration.ofSeconds(9), 6),
                        OptionalInt.of(4),
                        Optional.of(new AgentConfiguration.Buildmaster(
                                List.of("run", "me"),
                                true,
                                Duration.ofSeconds(30),
                                Duration.ofMinutes(4),
                                Path.of("/d"),
                                Map.of("TOKEN", new Secret("hunter2")),
                                Duration.ofSeconds(4),
                                Duration.ofHours(2),
                                Duration.ofMinutes(1),
                                Path.of("/s/b.log"))),
                        Optional.of(new HostPort("127.0.0.1", 0)),
                        Optional.of(new AgentConfiguration.Gateway(new HostPort("0.0.0.0", 9989), 300)),
                        Duration.ofDays(30),
                        7));
        assertThat(configuration.buildmaster().orElseThrow().revealedEnvironment())
                .containsEntry("TOKEN", "hunter2");
        assertThat(configuration.granted(Duration.ofSeconds(9)).sqlTimeout()).isEqualTo(Duration.ofSeconds(3));
        assertThat(configuration.granted(Duration.ofSeconds(9)).trust()).isEqualTo(Duration.ofSeconds(6));
    }

    @Test
    void no_secret_is_ever_shown() throws Exception {
        Path password = Files.writeString(directory.resolve("password"), "hunter2\n");
        Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
        Values values = values(LEAST.replace("buildbot\"", "buildbot\", password_file: " + password)
                + "buildmaster: {command: [a], environment: {TOKEN: hunter2}}\n");

        assertThat(AgentConfiguration.of(values).toString() + values.effective() + values)
                .doesNotContain("hunter2")
                .contains(Secret.CONCEALED);
    }

    @Test
    void a_password_in_the_url_is_refused_and_not_repeated() {
        for (String url :
                List.of("jdbc:postgresql://db/b?user=x&password=hunter2", "jdbc:postgresql://u:hunter2@db/b")) {
            assertThat(mistakes(LEAST.replace("jdbc:postgresql://db/buildbot", url)))
                    .containsExactly("agent.yaml:5:12: database.url: "
                            + "holds a password: put it into a file, and the path of that file into"
                            + " database.password_file");
        }
    }

    @Test
    void spans_in_the_wrong_relation_are_refused_with_the_protocols_sentences() {
        assertThat(mistakes(LEAST + "timing: {kill_time: 10s}\n"))
                .singleElement()
                .asString()
                .startsWith(
                        "agent.yaml:4:1: zookeeper.session_timeout: trust 4000 ms + kill time 10000 ms is more than");
        assertThat(mistakes(LEAST.replace("2181\"}", "2181\", session_timeout: 2s}")))
                .singleElement()
                .asString()
                .contains("SQL timeout 5000 ms is not less than the session timeout 2000 ms")
                .contains("; trust 1333 ms + kill time");
    }

    @Test
    void a_socket_timeout_that_the_driver_cannot_keep_or_that_comes_first_is_refused() {
        String database = "database: {url: \"jdbc:postgresql://db/buildbot\"}";
        assertThat(mistakes(LEAST.replace(database, database.replace("}", ", socket_timeout: 4500ms}"))))
                .singleElement()
                .asString()
                .contains("database.socket_timeout: must be whole seconds");
        assertThat(mistakes(LEAST.replace(database, database.replace("}", ", socket_timeout: 3s}"))))
                .singleElement()
                .asString()
                .contains("must be more than database.statement_timeout, 4s");
    }

    @Test
    void values_with_a_special_form_are_checked_at_once() {
        assertThat(mistakes("""
                        cluster: "a/b"
                        master: m1
                        state_directory: /%s
                        zookeeper: {connect: "zk1,zk2:2181"}
                        database: {url: "postgres://db/b"}
                        """.formatted("x".repeat(90))))
                .containsExactly(
                        "agent.yaml:1:1: cluster: `a/b` must be one word of at most 63 letters, digits, dots, dashes"
                                + " and underscores",
                        "agent.yaml:4:13: zookeeper.connect: `zk1,zk2:2181` is not a list of servers: write"
                                + " zk1:2181,zk2:2181,zk3:2181",
                        "agent.yaml:5:12: database.url: `postgres://db/b` is not a URL of PostgreSQL: write"
                                + " jdbc:postgresql://host:5432/name",
                        "agent.yaml:3:1: state_directory: has 91 bytes as an absolute path: a Unix socket in it allows"
                                + " 80");
    }

    @Test
    void without_the_plugin_the_agent_starts_the_buildmaster_and_has_its_own_name() throws Exception {
        String node = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        Path real = Files.createDirectory(directory.resolve("bb"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), real);
        String stock = LEAST + "buildmaster: {plugin: false, command: [twistd], directory: " + link + "}\n";

        assertThat(mistakes(stock))
                .containsExactly(
                        "agent.yaml:2:1: master: must be the name that Buildbot gives itself, since buildmaster.plugin"
                                + " is false: write " + node + ":" + link
                                + ", and as buildmaster.directory the base directory of buildbot.tac");
        for (Path directory : List.of(link, real)) {
            Values named = values(stock.replace("master: m1", "master: \"" + node + ":" + directory + "\""));
            AgentConfiguration.Buildmaster buildmaster =
                    AgentConfiguration.of(named).buildmaster().orElseThrow();
            assertThat(buildmaster.plugin()).isFalse();
            assertThat(buildmaster.wakeInterval()).isEqualTo(Duration.ofSeconds(10));
        }
        assertThat(mistakes(LEAST + "buildmaster: {plugin: false}\n"))
                .contains("agent.yaml:6:15: buildmaster.plugin: must be true without buildmaster.command: a stock"
                        + " buildmaster cannot be notified that it is fenced, so its agent must be able to kill it");
    }

    @Test
    void allowed_but_dangerous_values_give_a_note() {
        Values values = values("""
                cluster: c
                master: m
                state_directory: /s
                zookeeper: {connect: "zk1:2181", session_timeout: 5s}
                database: {url: "jdbc:postgresql://db/b", statement_timeout: 2s, socket_timeout: 3s}
                buildmaster: {directory: /d, heartbeat_limit: 2m}
                http: {listen: "0.0.0.0:80"}
                gateway: {connections_max: 10}
                """);

        assertThat(values.notes())
                .extracting(Mistake::place, Mistake::key)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("agent.yaml:4:34", "zookeeper.session_timeout"),
                        org.assertj.core.groups.Tuple.tuple("agent.yaml:6:1", "buildmaster.command"),
                        org.assertj.core.groups.Tuple.tuple("agent.yaml:6:30", "buildmaster.heartbeat_limit"),
                        org.assertj.core.groups.Tuple.tuple("agent.yaml:7:8", "http.listen"),
                        org.assertj.core.groups.Tuple.tuple("agent.yaml:8:1", "gateway.listen"));
    }

    @Test
    void each_key_is_described_and_can_be_overridden() {
        for (Key<?> key : AgentConfiguration.keys().all()) {
            assertThat(AgentConfiguration.keys().table()).contains("`" + key.path() + "`");
            assertThat(AgentConfiguration.keys().variable(key)).isPresent();
        }
        assertThat(AgentConfiguration.keys().variable(AgentKeys.CONNECT)).contains("QUORATE_ZOOKEEPER_CONNECT");
    }
}
