package org.quorate.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.quorate.testing.ZooKeeperFixture;
import org.slf4j.LoggerFactory;

class ElectionTest {
    private static final Duration SOON = Duration.ofMinutes(5);
    private static ZooKeeperFixture zooKeeper;
    private static ZooKeeper stranger;

    private final String cluster = zooKeeper.cluster();
    private CuratorEnsemble first;
    private CuratorEnsemble second;

    @BeforeAll
    static void startServer() {
        zooKeeper = ZooKeeperFixture.start();
        stranger = zooKeeper.stranger();
    }

    @AfterAll
    static void stopServer() throws InterruptedException {
        stranger.close();
        zooKeeper.close();
    }

    @BeforeEach
    void elect() {
        first = zooKeeper.connect(cluster);
        second = zooKeeper.connect(cluster);
        first.owners();
        second.owners();
        first.stand("m1");
        await().atMost(SOON).until(first::seemsLeader);
        second.stand("m2");
        await().atMost(SOON).until(() -> nodes().size() == 2);
    }

    @AfterEach
    void close() {
        first.close();
        second.close();
    }

    @Test
    void a_leader_whose_node_is_deleted_from_outside_stops_leading_and_stands_for_election_again() throws Exception {
        for (int round = 0; round < 3; round++) {
            CuratorEnsemble leader = first.seemsLeader() ? first : second;
            CuratorEnsemble next = leader == first ? second : first;

            stranger.delete(nodeOf(leader == first ? "m1" : "m2").orElseThrow(), -1);

            // without the watch, the latch would keep reporting that it leads, for ever, although another leads too
            await().atMost(SOON).until(() -> next.seemsLeader() && !leader.seemsLeader());
            await().atMost(SOON).until(() -> nodes().size() == 2);
            await().during(300, TimeUnit.MILLISECONDS)
                    .atMost(SOON)
                    .until(() -> next.seemsLeader() && !leader.seemsLeader());
        }
    }

    /** The fault against which {@link Election} protects. When this test fails, Curator has fixed it. */
    @Test
    void a_latch_without_the_protection_leads_to_two_leaders() throws Exception {
        CuratorFramework curator = first.session().curator();
        try (LeaderLatch leader = new LeaderLatch(curator, "/unguarded", "m1");
                LeaderLatch next = new LeaderLatch(second.session().curator(), "/unguarded", "m2")) {
            leader.start();
            await().atMost(SOON).until(leader::hasLeadership);
            next.start();
            await().atMost(SOON).until(() -> next.getParticipants().size() == 2);

            stranger.delete(leader.getOurPath(), -1);

            await().atMost(SOON).until(next::hasLeadership);
            await().during(500, TimeUnit.MILLISECONDS).atMost(SOON).until(leader::hasLeadership);
        }
    }

    @Test
    void a_candidate_whose_node_is_deleted_from_outside_stands_again() throws Exception {
        stranger.delete(nodeOf("m2").orElseThrow(), -1);

        await().atMost(SOON).until(() -> nodes().size() == 2);
        first.standDown();
        await().atMost(SOON).until(second::seemsLeader);
    }

    @Test
    void the_second_audit_notices_a_deleted_node_whose_watch_event_was_lost() throws Exception {
        Election blind = new Election(first.session(), Paths.of(cluster), () -> {});
        blind.stand("m3");
        await().atMost(SOON).until(() -> nodeOf("m3").isPresent());
        blind.audit();
        stranger.delete(nodeOf("m3").orElseThrow(), -1);

        blind.audit();
        assertThat(nodeOf("m3")).isEmpty();
        blind.audit();

        await().atMost(SOON).until(() -> nodeOf("m3").isPresent());
        blind.close();
    }

    @Test
    void a_persistent_node_in_the_election_is_reported_once_with_its_path_and_the_mend() throws Exception {
        String path = "/quorate/" + cluster + "/leader/_c_00000000-0000-0000-0000-000000000000-latch-0000000000";
        stranger.create(path, new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        Logger logger = (Logger) LoggerFactory.getLogger(Election.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        Election late = new Election(second.session(), Paths.of(cluster), () -> {});
        try {
            late.stand("m3");
            await().atMost(SOON).until(() -> nodeOf("m3").isPresent());
            late.audit();
            late.audit();

            assertThat(log.list)
                    .filteredOn(event -> event.getLevel() == Level.ERROR)
                    .singleElement()
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .asString()
                    .contains(path, "zkCli.sh delete " + path);
            assertThat(second.strangersInTheElection()).containsExactly(path);
        } finally {
            logger.detachAppender(log);
            late.close();
            stranger.delete(path, -1);
        }
    }

    @Test
    void nobody_leads_while_the_connection_is_suspended() {
        zooKeeper.stop();

        await().atMost(SOON).until(() -> !first.seemsLeader() && !second.seemsLeader());

        zooKeeper.restart();
        await().atMost(SOON).until(() -> first.seemsLeader() ^ second.seemsLeader());
    }

    @Test
    void standing_down_leaves_no_node() throws Exception {
        first.standDown();
        second.standDown();
        second.standDown();

        await().atMost(SOON).until(() -> nodes().isEmpty());
        assertThat(first.seemsLeader()).isFalse();
        assertThat(second.seemsLeader()).isFalse();
    }

    private String root() {
        return "/quorate/" + cluster + "/leader";
    }

    private List<String> nodes() throws Exception {
        return stranger.getChildren(root(), false);
    }

    private Optional<String> nodeOf(String master) throws Exception {
        return nodes().stream()
                .map(node -> root() + "/" + node)
                .filter(path -> zooKeeper.content(path).equals(master))
                .findFirst();
    }
}
