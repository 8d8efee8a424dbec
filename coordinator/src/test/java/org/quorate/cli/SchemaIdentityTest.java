package org.quorate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
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

/** The commands for restores, moves and copies, over real stores. */
class SchemaIdentityTest {
    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perClass();

    private static ZooKeeperFixture zooKeeper;

    @TempDir
    Path home;

    @BeforeAll
    static void start() {
        zooKeeper = ZooKeeperFixture.start();
    }

    @AfterAll
    static void stop() {
        zooKeeper.close();
    }

    /** An operator of a database, in a cluster in ZooKeeper that no other test uses. */
    private Operator operator(TestDatabase database) {
        return Operator.of(POSTGRES, home)
                .with("QUORATE_DATABASE_URL", database.url())
                .with("QUORATE_ZOOKEEPER", zooKeeper.connectString());
    }

    private static TestDatabase database(String cluster) {
        TestDatabase database = TestDatabase.fresh();
        database.execute("update quorate.cluster set name = '" + cluster + "'");
        return database;
    }

    private static Optional<Pairing> pairing(String cluster) {
        try (Ensemble ensemble = zooKeeper.connect(cluster)) {
            return ensemble.pairing();
        }
    }

    private static UUID uuid(TestDatabase database, String column) {
        return UUID.fromString(database.text("select " + column + " from quorate.cluster"));
    }

    private static String doctor(Operator operator) {
        return operator.types("doctor", "--timeout", "20s").out();
    }

    private static Operator.Said pair(Operator operator, String... more) {
        String[] arguments = new String[more.length + 4];
        System.arraycopy(new String[] {"schema", "pair", "--timeout", "20s"}, 0, arguments, 0, 4);
        System.arraycopy(more, 0, arguments, 4, more.length);
        return operator.types(arguments);
    }

    @Test
    void an_operator_pairs_two_stores_after_seeing_the_plan() {
        try (TestDatabase database = database("paired")) {
            Operator operator = operator(database);
            UUID before = uuid(database, "database_uuid");

            Operator.Said hesitant = pair(operator);
            assertThat(hesitant.exit()).isEqualTo(Exit.REFUSED);
            assertThat(hesitant.err()).contains("--yes");
            assertThat(pair(operator, "--dry-run", "--yes").exit()).isZero();
            assertThat(pairing("paired")).isEmpty();
            assertThat(uuid(database, "database_uuid")).isEqualTo(before);

            Operator.Said done = pair(operator, "--yes", "--why", "a new ensemble");
            assertThat(done.exit()).as(done.err()).isZero();
            Pairing paired = pairing("paired").orElseThrow();
            assertThat(paired.database()).isEqualTo(uuid(database, "database_uuid"));
            assertThat(paired.ensemble()).isEqualTo(uuid(database, "ensemble_uuid"));
            assertThat(database.text("select actor || ': ' || why from quorate.history where kind = 'identity'"))
                    .isEqualTo("ana: the stores were paired: a new ensemble");
            assertThat(doctor(operator)).contains("database and ZooKeeper belong to each other");
            assertThat(database.violations()).isEmpty();

            assertThat(pair(operator, "--yes").out()).contains("nothing, the two stores belong to each other");
            assertThat(pairing("paired")).contains(paired);
        }
    }

    @Test
    void a_restored_database_takes_the_place_of_the_lost_one_by_an_operators_word_only() {
        try (TestDatabase lost = database("restored")) {
            pair(operator(lost), "--yes");
            try (TestDatabase restored = TestDatabase.copyOf(lost)) {
                assertThat(doctor(operator(restored)))
                        .containsPattern("identity +FAIL")
                        .contains("is a copy of the cluster's", "quorate schema pair", "quorate schema new-identity");

                Operator.Said done = pair(operator(restored), "--yes");

                assertThat(done.exit()).as(done.err()).isZero();
                assertThat(pairing("restored").orElseThrow().database()).isEqualTo(uuid(restored, "database_uuid"));
                assertThat(doctor(operator(restored))).contains("database and ZooKeeper belong to each other");
                assertThat(doctor(operator(lost)))
                        .contains("the cluster uses the database " + uuid(restored, "database_uuid"));
            }
        }
    }

    @Test
    void a_copy_becomes_a_cluster_of_its_own_and_the_original_keeps_its_stores() {
        try (TestDatabase original = database("prod")) {
            pair(operator(original), "--yes");
            try (TestDatabase copy = TestDatabase.copyOf(original)) {
                Operator operator = operator(copy);
                assertThat(operator.types("schema", "new-identity", "--name", "prod", "--yes")
                                .exit())
                        .isEqualTo(Exit.USAGE);
                assertThat(operator.types("schema", "new-identity", "--name", "staging")
                                .exit())
                        .isEqualTo(Exit.REFUSED);
                assertThat(operator.types("schema", "new-identity", "--name", "staging", "--dry-run")
                                .exit())
                        .isZero();
                assertThat(copy.text("select name from quorate.cluster")).isEqualTo("prod");

                Operator.Said done = operator.types("schema", "new-identity", "--name", "staging", "--yes");

                assertThat(done.exit()).as(done.err()).isZero();
                assertThat(copy.text("select name from quorate.cluster")).isEqualTo("staging");
                assertThat(uuid(copy, "cluster_uuid")).isNotEqualTo(uuid(original, "cluster_uuid"));
                assertThat(copy.text("select ensemble_uuid from quorate.cluster"))
                        .isEqualTo("null");
                assertThat(pair(operator, "--yes").exit()).isZero();
                assertThat(doctor(operator)).contains("database and ZooKeeper belong to each other");
                assertThat(doctor(operator(original))).contains("database and ZooKeeper belong to each other");
            }
        }
    }

    @Test
    void a_database_with_agents_is_no_copy() throws Exception {
        try (TestDatabase database = database("busy")) {
            database.execute(
                    "insert into masters (id, name, name_hash, active, last_active) values (1, 'm1', 'h1', 1, 0);"
                            + "insert into quorate.master (masterid, name, epoch, incarnation, state, changed_by)"
                            + " values (1, 'm1', 1, gen_random_uuid(), 'active', 'test')");
            try (var agent = database.dataSource().getConnection()) {
                agent.setClientInfo("ApplicationName", "quorate-agent:h1");

                Operator.Said refused =
                        operator(database).types("schema", "new-identity", "--name", "staging", "--yes");

                assertThat(refused.exit()).isEqualTo(Exit.REFUSED);
                assertThat(refused.err()).contains("agents work with this database (m1)");
            }
        }
    }

    @Test
    void doctor_names_masters_that_only_one_of_the_stores_knows() {
        try (TestDatabase database = database("strange");
                Ensemble agent = zooKeeper.connect("strange")) {
            pair(operator(database), "--yes");
            database.execute("insert into masters (id, name, name_hash, active, last_active) values"
                    + " (1, 'm1', 'h1', 1, 0), (2, 'm2', 'h2', 1, 0);"
                    + "insert into quorate.master (masterid, name, epoch, incarnation, state, changed_by) values"
                    + " (1, 'm1', 1, gen_random_uuid(), 'active', 'test'),"
                    + " (2, 'm2', 2, gen_random_uuid(), 'dead', 'test');"
                    + "update quorate.leader set (epoch, masterid, incarnation)"
                    + " = (select 3, masterid, incarnation from quorate.master where name = 'm1')");
            agent.join(new Member("m2", UUID.randomUUID(), 7, "host", 1, List.of(), "0"), Optional.empty());

            String said = doctor(operator(database));

            assertThat(said)
                    .containsPattern("absent masters +FAIL +m1: active in the database")
                    .containsPattern("strangers +FAIL +m2: alive in ZooKeeper")
                    .containsPattern("housekeeper's life +WARN +m1 is not alive");
        }
    }
}
