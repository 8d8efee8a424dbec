package org.quorate.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.codahale.metrics.MetricRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.agent.authority.Admission;
import org.quorate.agent.authority.MasterState;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.inbox.AttachedBuildmaster;
import org.quorate.agent.loop.Step;
import org.quorate.agent.membership.Life;
import org.quorate.agent.membership.MembershipStep;
import org.quorate.agent.membership.StateFile;
import org.quorate.agent.metrics.Metrics;
import org.quorate.agent.spool.Spool;
import org.quorate.agent.spool.SpoolReplayer;
import org.quorate.master.Timing;
import org.quorate.postgres.DatabaseSettings;
import org.quorate.postgres.PostgresClaims;
import org.quorate.postgres.PostgresDatabase;
import org.quorate.postgres.PostgresMasters;
import org.quorate.testing.PostgresFixture;
import org.quorate.testing.ZooKeeperFixture;
import org.quorate.zookeeper.CuratorEnsemble;

/** An agent that the database refuses for as long as nobody mends it, over real stores. */
class StandingRefusalTest {
    private static final Duration SOON = Duration.ofMinutes(5);
    private static final int ATTEMPTS = 10;

    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perTest();

    @TempDir
    private Path state;

    private final String role =
            "standing_refusal_" + UUID.randomUUID().toString().replace("-", "");
    private final MasterStateHolder masterState = new MasterStateHolder(System::nanoTime);
    private ZooKeeperFixture zooKeeper;
    private ZooKeeper observer;
    private String cluster;
    private CuratorEnsemble ensemble;
    private PostgresDatabase database;
    private StateFile stateFile;
    private Spool spool;
    private MembershipStep membership;

    @BeforeEach
    void anAgentWithoutOneRight() {
        POSTGRES.database().execute("create role " + role + " login password 'secret'");
        POSTGRES.database().execute("grant usage on schema public, quorate to " + role);
        POSTGRES.database().execute("grant all on all tables in schema public, quorate to " + role);
        POSTGRES.database().execute("grant all on all sequences in schema public, quorate to " + role);
        POSTGRES.database().execute("grant execute on all functions in schema public, quorate to " + role);
        POSTGRES.database().execute("revoke insert on quorate.history from " + role);
        zooKeeper = ZooKeeperFixture.start();
        observer = zooKeeper.stranger();
        cluster = zooKeeper.cluster();
        ensemble = zooKeeper.connect(cluster);
        database = PostgresDatabase.open(
                new DatabaseSettings(
                        POSTGRES.url(), role, "secret", 2, Duration.ofSeconds(100), Duration.ofSeconds(110)),
                "refused");
        stateFile = StateFile.open(state, Life.current());
        spool = Spool.open(state);
        membership = membership();
    }

    @AfterEach
    void close() throws InterruptedException {
        spool.close();
        stateFile.close();
        database.close();
        ensemble.close();
        observer.close();
        zooKeeper.close();
        POSTGRES.database().execute("drop owned by " + role + " cascade");
        POSTGRES.database().execute("drop role " + role);
    }

    private MembershipStep membership() {
        Metrics metrics = new Metrics(new MetricRegistry());
        Timing timing =
                Timing.of(Duration.ofMinutes(10), Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(30));
        return new MembershipStep(
                new MembershipStep.Self("m1", UUID.randomUUID(), "host", 0, "0", true),
                new MembershipStep.Cluster(
                        ensemble,
                        new PostgresMasters(database),
                        new Admission(
                                "test",
                                ensemble,
                                asked -> Optional.empty(),
                                Optional::empty,
                                timing,
                                granted -> timing,
                                () -> true)),
                new MembershipStep.Disk(
                        stateFile,
                        spool,
                        new SpoolReplayer(spool, new PostgresClaims(database), System::nanoTime, metrics)),
                masterState,
                new AttachedBuildmaster(),
                System::nanoTime,
                metrics);
    }

    @Test
    void a_registration_that_the_database_refuses_writes_nothing_to_ZooKeeper_again_and_succeeds_when_it_is_allowed()
            throws Exception {
        Step.Taken refused = takeUntil(Step.Outcome.REFUSED);
        assertThat(refused.sentence()).contains("permission denied").contains("history");
        Stat joined = observer.exists(path("/masters/m1"), false);

        for (int i = 0; i < ATTEMPTS; i++) {
            assertThat(membership.take().outcome()).isEqualTo(Step.Outcome.REFUSED);
        }

        assertThat(observer.exists(path("/masters/m1"), false))
                .as("its own node, whose change would wake every agent")
                .isNotNull()
                .isEqualTo(joined);
        assertThat(observer.exists(path("/epoch"), false))
                .as("numbers that it drew")
                .isNull();
        assertThat(masterState.current().phase()).isEqualTo(MasterState.Phase.UNREGISTERED);

        POSTGRES.database().execute("grant insert on quorate.history to " + role);
        takeUntil(Step.Outcome.DONE);
        assertThat(masterState.authority()).isPresent();
    }

    private Step.Taken takeUntil(Step.Outcome wanted) {
        return await().atMost(SOON).until(membership::take, taken -> taken.outcome() == wanted);
    }

    private String path(String below) {
        return "/quorate/" + cluster + below;
    }
}
