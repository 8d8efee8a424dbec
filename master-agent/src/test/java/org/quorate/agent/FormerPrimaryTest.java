package org.quorate.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.agent.config.AgentConfiguration;
import org.quorate.embedded.EmbeddedPostgres;
import org.quorate.master.Ensemble;
import org.quorate.sql.Schema;
import org.quorate.testing.ZooKeeperFixture;

/** An agent whose URL names two servers, while one takes the other's place and the former primary comes back. */
class FormerPrimaryTest {
    private static final Duration SOON = Duration.ofMinutes(5);
    private static final String DATABASE = "quorate";

    @TempDir
    Path directory;

    private ZooKeeperFixture zooKeeper;
    private EmbeddedPostgres former;
    private EmbeddedPostgres next;
    private Agent agent;

    @BeforeEach
    void start() throws Exception {
        // the server's own user must reach its folders
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        zooKeeper = ZooKeeperFixture.start();
        former = server("former", 0);
        former.createDatabase(DATABASE);
        Schema.of(former.dataSource(DATABASE)).create("test", true);
    }

    @AfterEach
    void stop() {
        if (agent != null) {
            agent.close();
        }
        if (next != null) {
            next.close();
        }
        former.close();
        zooKeeper.close();
    }

    private EmbeddedPostgres server(String folder, int port) {
        return EmbeddedPostgres.builder()
                .dataDirectory(directory.resolve(folder))
                .keepData(true)
                .port(port)
                .setting("restore_command", "false")
                .start();
    }

    /** Starts a copy of the stopped server that ends its recovery, and so begins a new timeline. */
    private void promote(int port) throws Exception {
        former.stop();
        Process copy = new ProcessBuilder(
                        "cp",
                        "-a",
                        directory.resolve("former").toString(),
                        directory.resolve("next").toString())
                .inheritIO()
                .start();
        assertThat(copy.waitFor()).isZero();
        Files.createFile(directory.resolve("next/data/recovery.signal"));
        next = server("next", port);
        await().atMost(SOON)
                .until(() -> text(next, "select pg_is_in_recovery()").equals("f"));
    }

    @Test
    void a_promoted_database_is_followed_and_the_former_primary_is_refused_when_it_comes_back() throws Exception {
        int port = freePort();
        agent = agent(port);
        await().atMost(SOON)
                .until(() -> text(former, "select count(*) from quorate.master where state = 'active'")
                        .equals("1"));
        String before = text(former, "select database_uuid from quorate.cluster");

        promote(port);
        await().atMost(SOON).until(() -> listeners(next).equals("1"));

        String after = text(next, "select database_uuid from quorate.cluster");
        assertThat(after).isNotEqualTo(before);
        assertThat(text(next, "select former_uuids[1] from quorate.cluster")).isEqualTo(before);
        assertThat(text(next, "select string_agg(why, '; ') from quorate.history where why like '%promoted%'"))
                .isEqualTo("the database was promoted or restored: timeline 2 after 1");
        try (Ensemble ensemble = zooKeeper.connect("test")) {
            assertThat(ensemble.pairing().orElseThrow().database()).hasToString(after);
        }

        former.restart();
        next.stop();
        long opened = sessions(former);
        await().atMost(SOON).until(() -> sessions(former) > opened + 8);
        assertThat(listeners(former)).as("sessions that passed the check").isEqualTo("0");
        assertThat(text(former, "select database_uuid from quorate.cluster")).isEqualTo(before);

        next.restart();
        await().atMost(SOON).until(() -> listeners(next).equals("1"));
    }

    /** Returns how many sessions of an agent listen for notifications. */
    private static String listeners(EmbeddedPostgres server) {
        return text(
                server,
                "select count(*) from pg_stat_activity where application_name like 'quorate-agent:%'"
                        + " and query ilike 'listen%'");
    }

    private static long sessions(EmbeddedPostgres server) {
        return Long.parseLong(text(
                server,
                "select coalesce(sum(sessions), 0)::bigint from pg_stat_database where datname = '" + DATABASE + "'"));
    }

    /** Returns the first column of the first row; "" while the server does not answer. */
    private static String text(EmbeddedPostgres server, String query) {
        try (Connection connection = server.dataSource(DATABASE).getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        } catch (SQLException e) {
            return "";
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private Agent agent(int nextPort) throws IOException {
        Path password = Files.writeString(directory.resolve("password"), former.password());
        Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
        Path file = Files.writeString(directory.resolve("m1.yaml"), """
                cluster: test
                master: m1
                state_directory: %s
                timing: {poll: 1s}
                zookeeper: {connect: "%s", session_timeout: 10s}
                database:
                  url: "jdbc:postgresql://127.0.0.1:%d,127.0.0.1:%d/%s?targetServerType=primary"
                  user: "%s"
                  password_file: "%s"
                """.formatted(
                        directory.resolve("m1"),
                        zooKeeper.connectString(),
                        former.port(),
                        nextPort,
                        DATABASE,
                        former.user(),
                        password));
        Agent made = new Agent(
                AgentConfiguration.of(AgentConfiguration.read(file, Map.of())), System::nanoTime, "host", "0");
        made.start();
        return made;
    }
}
