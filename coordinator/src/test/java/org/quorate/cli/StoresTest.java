package org.quorate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.cli.output.Exit;
import org.quorate.identity.Pairing;
import org.quorate.master.Ensemble;
import org.quorate.master.Member;
import org.quorate.testing.PostgresFixture;
import org.quorate.testing.TestDatabase;
import org.quorate.testing.ZooKeeperFixture;

/** Status and doctor, with each store up and down. */
class StoresTest {
    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perClass();

    @TempDir
    static Path home;

    private static ZooKeeperFixture zooKeeper;
    private static Ensemble agent;

    @BeforeAll
    static void start() {
        zooKeeper = ZooKeeperFixture.start();
        Operator.populate(POSTGRES);
        agent = zooKeeper.connect("test");
        UUID ensemble = UUID.randomUUID();
        Operator.execute(POSTGRES, "update quorate.cluster set ensemble_uuid = '" + ensemble + "'");
        agent.pair(
                Optional.empty(),
                new Pairing(recorded("cluster_uuid"), ensemble, Optional.empty(), recorded("database_uuid")));
        agent.join(new Member("m1", UUID.randomUUID(), 7, "host-a", 4, List.of(), "0.1.0"), Optional.empty());
    }

    private static UUID recorded(String column) {
        return UUID.fromString(Operator.rows(POSTGRES, "select " + column + " from quorate.cluster")
                .get(0));
    }

    @AfterAll
    static void stop() {
        agent.close();
        zooKeeper.close();
    }

    private static Operator both() {
        return Operator.of(POSTGRES, home)
                .with("QUORATE_ZOOKEEPER", zooKeeper.connectString())
                .with("QUORATE_CLUSTER", "test");
    }

    private static Operator withoutDatabase(Operator operator) {
        return operator.with("QUORATE_DATABASE_URL", "jdbc:postgresql://127.0.0.1:1/none");
    }

    private static Operator withoutZooKeeper(Operator operator) {
        return operator.with("QUORATE_ZOOKEEPER", "127.0.0.1:1");
    }

    @Test
    void with_both_stores_up_and_nothing_lacking_the_mode_is_normal_and_alive_masters_are_marked() {
        Operator.execute(POSTGRES, "update quorate.master set state = 'dead' where name = 'm2'");
        Operator.execute(POSTGRES, "update schedulers set enabled = 0 where name = 'hourly'");
        Operator.execute(
                POSTGRES,
                "update quorate.leader set masterid = 1, incarnation = (select incarnation from quorate.master where"
                        + " masterid = 1)");
        Operator.Said said = both().types("status", "--timeout", "20s");
        Operator.execute(POSTGRES, "update quorate.leader set masterid = null, incarnation = null");
        Operator.execute(POSTGRES, "update schedulers set enabled = 1 where name = 'hourly'");
        Operator.execute(POSTGRES, "update quorate.master set state = 'active' where name = 'm2'");

        assertThat(said.exit()).as(said.out() + said.err()).isZero();
        assertThat(said.lines().get(0)).contains("mode NORMAL").endsWith("alive 1");
        assertThat(said.lines()).anySatisfy(line -> assertThat(line).matches("m1 +7 +active +yes +0 +4 .*"));
        assertThat(said.lines()).anySatisfy(line -> assertThat(line).matches("m2 +8 +dead +no +0 +- .*"));
    }

    @Test
    void agents_that_were_all_killed_are_not_alive_though_the_database_still_has_their_epochs() {
        Operator.execute(POSTGRES, "update quorate.master set state = 'fenced' where name = 'm1'");
        Operator.Said said = both().types("status", "--timeout", "20s");
        Operator.execute(POSTGRES, "update quorate.master set state = 'active' where name = 'm1'");

        assertThat(said.lines().get(0))
                .isEqualTo("test  mode HALTED: no build is started and no scheduler runs: no master is alive");
        assertThat(said.lines()).anySatisfy(line -> assertThat(line).matches("m2 +8 +active +no .*"));
        assertThat(said.exit()).isEqualTo(Exit.IMPAIRED);
    }

    @Test
    void nobody_leaves_a_database_while_a_member_is_seen_in_zookeeper() {
        try (TestDatabase buildbot = TestDatabase.adopted()) {
            Operator operator = both().with("QUORATE_DATABASE_URL", buildbot.url());

            Operator.Said refused = operator.types("schema", "leave", "--yes", "--timeout", "20s");
            assertThat(refused.exit()).isEqualTo(Exit.REFUSED);
            assertThat(refused.err()).contains("m1 is alive, nothing was changed");

            Operator.Said left = withoutZooKeeper(operator).types("schema", "leave", "--yes", "--timeout", "2s");
            assertThat(left.exit()).as(left.err()).isZero();
            assertThat(left.err()).contains("which masters are alive in ZooKeeper is not known");
            assertThat(left.out()).contains("zkCli.sh deleteall /quorate/CLUSTER");
        }
    }

    @Test
    void the_first_line_names_the_store_that_is_down_and_the_exit_code_is_six() {
        Operator.Said noZooKeeper = withoutZooKeeper(both()).types("status", "--timeout", "2s");
        Operator.Said noDatabase = withoutDatabase(both()).types("status", "--timeout", "20s");
        Operator.Said nothing = withoutDatabase(withoutZooKeeper(both())).types("status", "--timeout", "2s");

        assertThat(noZooKeeper.lines().get(0)).startsWith("test  mode ZOOKEEPER DOWN");
        assertThat(noZooKeeper.out()).contains("m1").contains("requests  pending 0");
        assertThat(noDatabase.lines().get(0)).startsWith("test  mode DATABASE DOWN  alive 1");
        assertThat(noDatabase.out()).contains("alive m1 on host-a, epoch 7");
        assertThat(nothing.lines())
                .containsExactly(
                        "test  mode BOTH DOWN",
                        "also: no build is started and no scheduler runs: PostgreSQL does not answer");
        assertThat(List.of(noZooKeeper.exit(), noDatabase.exit(), nothing.exit()))
                .containsOnly(Exit.UNREACHABLE);
    }

    @Test
    void programs_read_the_mode_in_one_field_whichever_store_is_down() throws Exception {
        assertThat(modes(both(), "20s")).isEqualTo("IMPAIRED, database up, zookeeper up, exit 8");
        assertThat(modes(withoutZooKeeper(both()), "2s"))
                .isEqualTo("ZOOKEEPER DOWN, database up, zookeeper down, exit 6");
        assertThat(modes(withoutDatabase(both()), "20s"))
                .isEqualTo("DATABASE DOWN, database down, zookeeper up, exit 6");
        assertThat(modes(withoutDatabase(withoutZooKeeper(both())), "2s"))
                .isEqualTo("BOTH DOWN, database down, zookeeper down, exit 6");
    }

    private static String modes(Operator operator, String timeout) throws IOException {
        Operator.Said said = operator.types("status", "--timeout", timeout, "-o", "json");
        JsonNode document = new ObjectMapper().readTree(said.out());
        return document.path("mode").asText() + ", database "
                + document.path("database").asText() + ", zookeeper "
                + document.path("zookeeper").asText() + ", exit " + said.exit();
    }

    @Test
    void status_prints_the_mode_when_both_stores_accept_connections_and_never_answer() throws IOException {
        // the kernel accepts connections on a listening socket, but nobody answers them
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + silent.getLocalPort();
            Operator operator = both().with("QUORATE_ZOOKEEPER", address)
                    .with("QUORATE_DATABASE_URL", "jdbc:postgresql://" + address + "/none");

            Operator.Said said = assertTimeoutPreemptively(
                    Duration.ofSeconds(60), () -> operator.types("status", "--timeout", "2s"));

            assertThat(said.lines()).startsWith("test  mode BOTH DOWN");
            assertThat(said.exit()).isEqualTo(Exit.UNREACHABLE);
        }
    }

    @Test
    void zookeeper_counts_as_down_only_when_it_was_asked() {
        Operator nameless = Operator.of(POSTGRES, home).with("QUORATE_ZOOKEEPER", zooKeeper.connectString());

        Operator.Said said = withoutDatabase(nameless).types("status", "--timeout", "20s");

        assertThat(said.lines()).startsWith("?  mode DATABASE DOWN, ZOOKEEPER NOT ASKED");
        assertThat(said.err()).contains("give --cluster");
        assertThat(said.exit()).isEqualTo(Exit.UNREACHABLE);
    }

    @Test
    void explain_knows_the_free_slots_when_zookeeper_answers() {
        Operator.execute(POSTGRES, "select quorate_v1.submit('linux-gcc')");

        assertThat(both().types("explain", "1", "--timeout", "20s").out()).contains("free slots", "m1 4 of 4");
    }

    @Test
    void doctor_finds_faults_and_prints_how_to_mend_each() {
        Operator.Said said = both().types("doctor", "--timeout", "20s");

        assertThat(said.out())
                .contains(
                        "a majority answers",
                        "session timeout",
                        "identity",
                        "1 scheduler does not run, without owner: hourly")
                .contains("fix: ");
        assertThat(said.out()).contains("durability").contains("fsync off");
        assertThat(said.exit()).isEqualTo(Exit.ERROR);
        assertThat(withoutDatabase(both()).types("doctor", "--timeout", "2s").exit())
                .isEqualTo(Exit.UNREACHABLE);
        assertThat(withoutZooKeeper(both()).types("doctor", "--timeout", "2s").exit())
                .isEqualTo(Exit.UNREACHABLE);
    }

    @Test
    void doctor_names_TLS_where_a_server_accepts_a_connection_and_ends_it_without_a_word() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread ending = new Thread(() -> {
                while (!server.isClosed()) {
                    try (Socket client = server.accept()) {
                        client.getInputStream().read();
                    } catch (IOException e) {
                        // the client or the test has ended it
                    }
                }
            });
            ending.setDaemon(true);
            ending.start();

            String place = InetAddress.getLoopbackAddress().getHostAddress() + ":" + server.getLocalPort();
            Operator.Said said = both().types("doctor", "--timeout", "2s", "--zookeeper", place);

            assertThat(said.out())
                    .contains(place + " accepts connections", "secureClientPort", "zookeeper.client.secure");
            assertThat(said.exit()).isEqualTo(Exit.UNREACHABLE);
        }
    }

    @Test
    void doctor_finds_a_node_that_keeps_every_master_from_leading() throws Exception {
        String path = "/quorate/test/leader/_c_00000000-0000-0000-0000-000000000000-latch-0000000000";
        ZooKeeper stranger = zooKeeper.stranger();
        try {
            stranger.create(path, new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);

            Operator.Said said = both().types("doctor", "--timeout", "20s");

            assertThat(said.out()).contains("zkCli.sh delete " + path);
            assertThat(said.exit()).isEqualTo(Exit.ERROR);
        } finally {
            stranger.delete(path, -1);
            stranger.close();
        }
    }

    @Test
    void doctor_finds_that_the_stores_belong_to_different_clusters() {
        try (TestDatabase other = TestDatabase.fresh()) {
            Operator.execute(other.dataSource(), "update quorate.cluster set cluster_uuid = gen_random_uuid()");

            Operator.Said said = both().types("doctor", "--timeout", "20s", "--database", other.url());

            assertThat(said.out()).contains("one of the two addresses is another cluster's");
        }
    }
}
