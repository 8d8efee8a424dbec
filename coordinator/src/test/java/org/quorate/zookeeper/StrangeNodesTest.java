package org.quorate.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZKUtil;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.quorate.identity.Pairing;
import org.quorate.master.Member;
import org.quorate.testing.ZooKeeperFixture;

/** Nodes that no agent of this version would create. */
class StrangeNodesTest {
    private static final Duration SOON = Duration.ofMinutes(5);
    private static ZooKeeperFixture zooKeeper;
    private static ZooKeeper stranger;

    private final String cluster = zooKeeper.cluster();
    private final String root = "/quorate/" + cluster;
    private CuratorEnsemble agent;

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
    void connect() {
        agent = zooKeeper.connect(cluster);
        agent.owners();
        await().atMost(SOON).until(() -> zooKeeper.exists(root + "/leader"));
    }

    @AfterEach
    void close() {
        agent.close();
    }

    @Test
    void a_persistent_node_under_the_own_name_is_refused_with_its_path_and_the_remedy() throws Exception {
        plant("/masters/m1", "", CreateMode.PERSISTENT);

        assertThatThrownBy(() -> agent.join(member("m1"), Optional.empty()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(root + "/masters/m1")
                .hasMessageContaining("delete");

        assertThat(agent.heartbeat()).isFalse();
    }

    @Test
    void a_container_node_under_the_agents_own_name_is_refused() throws Exception {
        plant("/masters/m1", "", CreateMode.CONTAINER);

        assertThatThrownBy(() -> agent.join(member("m1"), Optional.empty())).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_master_that_could_never_be_seen_dead_is_no_member() throws Exception {
        plant("/masters/m1", new String(MemberJson.write(member("m1")), StandardCharsets.UTF_8), CreateMode.PERSISTENT);

        assertThat(agent.members()).isEmpty();
    }

    @Test
    void a_master_whose_ephemeral_node_is_unreadable_keeps_its_name() throws Exception {
        plant("/masters/m1", "{garbage", CreateMode.EPHEMERAL);

        Optional<Member> holder = agent.join(member("m1"), Optional.empty());

        assertThat(holder).map(Member::name).contains("m1");
        assertThat(agent.heartbeat()).isFalse();
    }

    @Test
    void a_persistent_node_of_a_scheduler_owns_nothing_and_lets_nobody_own_it() throws Exception {
        plant("/schedulers/nightly", "m2", CreateMode.PERSISTENT);

        assertThat(agent.contend("nightly", "m1")).isFalse();
        assertThat(agent.contend("nightly", "m2")).isFalse();

        agent.contend("full", "m1");
        await().atMost(SOON).until(agent::owners, Map.of("full", "m1")::equals);
    }

    @Test
    void a_node_of_a_later_version_is_read_as_far_as_it_is_known() throws Exception {
        UUID incarnation = UUID.randomUUID();
        plant(
                "/masters/m1",
                "{\"name\":\"m1\",\"incarnation\":\"" + incarnation + "\",\"moon\":{\"phase\":[1]},\"capacity\":-4}",
                CreateMode.EPHEMERAL);

        assertThat(agent.members()).isEqualTo(Map.of("m1", new Member("m1", incarnation, 0, "", 0, List.of(), "")));
    }

    @Test
    void masters_whose_nodes_hold_another_name_or_too_much_or_nothing_are_alive_and_offer_nothing() throws Exception {
        plant("/masters/m1", new String(MemberJson.write(member("m2")), StandardCharsets.UTF_8), CreateMode.EPHEMERAL);
        plant("/masters/m3", "{\"pad\":\"" + "x".repeat(70_000) + "\"}", CreateMode.EPHEMERAL);
        plant("/masters/%zz", "{}", CreateMode.EPHEMERAL);
        plant("/masters/m4", "[".repeat(60_000), CreateMode.EPHEMERAL);
        plant("/masters/m5", "{\"name\":5,\"incarnation\":{}}", CreateMode.EPHEMERAL);
        stranger.create(root + "/masters/m6", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        agent.join(member("m7"), Optional.empty());

        assertThat(agent.members()).containsOnlyKeys("m1", "m3", "m4", "m5", "m6", "m7");
        assertThat(agent.members()).allSatisfy((name, member) -> {
            assertThat(member.name()).isEqualTo(name);
            assertThat(member.schedulers()).hasSize(name.equals("m7") ? 1 : 0);
        });
    }

    @Test
    void a_heartbeat_restores_the_content_of_the_agents_own_node() throws Exception {
        Member self = member("m1");
        agent.join(self, Optional.empty());

        stranger.setData(root + "/masters/m1", "{garbage".getBytes(StandardCharsets.UTF_8), -1);
        assertThat(agent.members()).containsOnlyKeys("m1");

        assertThat(agent.heartbeat()).isTrue();
        assertThat(agent.members()).isEqualTo(Map.of("m1", self));
    }

    @Test
    void members_and_owners_are_returned_whatever_a_node_holds() throws Exception {
        Random random = new Random(20261124);
        agent.join(member("m1"), Optional.empty());
        String valid = new String(MemberJson.write(member("m2")), StandardCharsets.UTF_8);
        plant("/masters/m2", "", CreateMode.EPHEMERAL);
        plant("/schedulers/nightly", "", CreateMode.EPHEMERAL);

        for (int i = 0; i < 1000; i++) {
            byte[] content = i % 2 == 0 ? bytes(random) : spoiled(valid, random);
            stranger.setData(root + "/masters/m2", content, -1);
            stranger.setData(root + "/schedulers/nightly", content, -1);

            assertThat(agent.members()).containsKey("m1");
            agent.owners();
        }

        stranger.setData(root + "/schedulers/nightly", "m2".getBytes(StandardCharsets.UTF_8), -1);
        await().atMost(SOON).until(agent::owners, Map.of("nightly", "m2")::equals);
    }

    @Test
    void a_master_with_more_schedulers_than_its_node_can_hold_is_refused() {
        List<String> schedulers =
                IntStream.range(0, 10_000).mapToObj(i -> "scheduler-" + i).toList();
        Member self = new Member("m1", UUID.randomUUID(), 1, "host", 1, schedulers, "0.1.0");

        assertThatThrownBy(() -> agent.join(self, Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("10000 schedulers");
    }

    @Test
    void a_cluster_node_that_cannot_be_read_is_refused_with_its_path() throws Exception {
        plant("/cluster", "{}", CreateMode.PERSISTENT);

        assertThatThrownBy(() -> agent.pairing())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(root + "/cluster");

        stranger.setData(root + "/cluster", "{\"format\":2}".getBytes(StandardCharsets.UTF_8), -1);
        assertThatThrownBy(() -> agent.pairing())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("format 2");
    }

    @Test
    void the_persistent_nodes_are_made_again_when_the_whole_tree_was_deleted() throws Exception {
        agent.join(member("m1"), Optional.empty());

        deleteWholeTree();

        await().atMost(SOON)
                .until(() -> zooKeeper.exists(root + "/masters")
                        && zooKeeper.exists(root + "/schedulers")
                        && zooKeeper.exists(root + "/leader"));
        assertThat(agent.heartbeat()).isFalse();
        assertThat(agent.join(member("m1"), Optional.empty())).isEmpty();
        agent.contend("nightly", "m1");
        await().atMost(SOON).until(agent::owners, Map.of("nightly", "m1")::equals);
    }

    @Test
    void the_deletion_of_the_clusters_identity_is_heard() throws Exception {
        Pairing pairing = new Pairing(UUID.randomUUID(), UUID.randomUUID(), Optional.empty(), UUID.randomUUID());
        agent.pair(Optional.empty(), pairing);
        AtomicReference<Optional<Pairing>> heard = new AtomicReference<>(Optional.of(pairing));
        agent.onChange(() -> heard.set(agent.pairing()));

        stranger.delete(root + "/cluster", -1);

        await().atMost(SOON).untilAsserted(() -> assertThat(heard.get()).isEmpty());
    }

    /** Tries again, since the agent makes nodes anew while the tree is being deleted. */
    private void deleteWholeTree() throws Exception {
        while (true) {
            try {
                ZKUtil.deleteRecursive(stranger, root);
                return;
            } catch (KeeperException.NotEmptyException | KeeperException.NoNodeException e) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void a_chroot_that_does_not_exist_is_created() throws Exception {
        try (CuratorEnsemble below = CuratorEnsemble.connect(
                zooKeeper.connectString() + "/nope/" + cluster, cluster, ZooKeeperFixture.SESSION_TIMEOUT)) {
            assertThat(below.join(member("m1"), Optional.empty())).isEmpty();
            below.stand("m1");
            await().atMost(SOON).until(below::seemsLeader);

            assertThat(below.members()).containsOnlyKeys("m1");
            assertThat(agent.members()).isEmpty();
            assertThat(zooKeeper.exists("/nope/" + cluster + root + "/masters/m1"))
                    .isTrue();
        }
    }

    private void plant(String path, String content, CreateMode mode) throws Exception {
        stranger.create(root + path, content.getBytes(StandardCharsets.UTF_8), Ids.OPEN_ACL_UNSAFE, mode);
    }

    private static Member member(String name) {
        return new Member(name, UUID.randomUUID(), 1, "host", 2, List.of("nightly"), "0.1.0");
    }

    private static byte[] bytes(Random random) {
        byte[] bytes = new byte[random.nextInt(200)];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Returns a valid content with some bytes changed; more of the parser sees it than of random bytes. */
    private static byte[] spoiled(String valid, Random random) {
        byte[] bytes = valid.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i <= random.nextInt(4); i++) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }
}
