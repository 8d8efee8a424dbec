package org.quorate.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.quorate.identity.Pairing;
import org.quorate.master.Member;
import org.quorate.master.ZooKeeperUnreachable;
import org.quorate.testing.FaultProxy;
import org.quorate.testing.ZooKeeperFixture;

/** The server stops and starts again, while the objects of the agents remain the same. */
class OutageTest {
    private static final Duration SOON = Duration.ofMinutes(5);

    private final ZooKeeperFixture zooKeeper = ZooKeeperFixture.prepared();
    private final String cluster = zooKeeper.cluster();
    private final List<CuratorEnsemble> agents = new ArrayList<>();

    @AfterEach
    void close() {
        agents.forEach(CuratorEnsemble::close);
        zooKeeper.close();
    }

    @Test
    void an_agent_starts_before_zookeeper_does() {
        CuratorEnsemble agent = connect();
        AtomicInteger wakes = new AtomicInteger();
        agent.onChange(wakes::incrementAndGet);
        agent.stand("m1");
        assertThat(agent.isConnected()).isFalse();
        assertThat(agent.seemsLeader()).isFalse();
        assertThatThrownBy(agent::heartbeat).isInstanceOf(ZooKeeperUnreachable.class);

        zooKeeper.restart();

        await().atMost(SOON).until(agent::isConnected);
        assertThat(agent.sessionTimeout()).isEqualTo(ZooKeeperFixture.SESSION_TIMEOUT);
        assertThat(agent.join(member("m1"), Optional.empty())).isEmpty();
        await().atMost(SOON).until(agent::seemsLeader);
        await().atMost(SOON).until(() -> wakes.get() > 0);
    }

    @Test
    void calls_during_an_outage_fail_within_the_session_timeout() {
        Duration timeout = Duration.ofSeconds(1);
        CuratorEnsemble agent = connect(timeout);

        for (Runnable question : List.<Runnable>of(
                agent::sessionTimeout,
                agent::number,
                agent::members,
                agent::owners,
                () -> agent.contend("nightly", "m1"),
                () -> agent.join(member("m1"), Optional.empty()))) {
            long began = System.nanoTime();
            assertThatThrownBy(question::run).isInstanceOf(ZooKeeperUnreachable.class);
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(timeout.plusSeconds(10));
        }
    }

    @Test
    void owners_that_were_read_before_the_watch_existed_are_read_again() {
        zooKeeper.restart();
        CuratorEnsemble other = connect();
        other.owners();

        for (int round = 0; round < 20; round++) {
            String scheduler = "scheduler-" + round;
            CuratorEnsemble agent = connect();
            agent.owners();
            other.contend(scheduler, "m1");

            await().atMost(SOON).until(() -> agent.owners().containsKey(scheduler));
        }
    }

    @Test
    void an_interrupted_call_ends_at_once_and_the_thread_stays_interrupted() {
        CuratorEnsemble agent = connect();

        Thread.currentThread().interrupt();
        assertThatThrownBy(agent::members).isInstanceOf(ZooKeeperUnreachable.class);

        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void the_session_and_its_nodes_survive_a_restart_of_zookeeper() {
        zooKeeper.restart();
        CuratorEnsemble agent = connect();
        CuratorEnsemble other = connect();
        Member self = member("m1");
        agent.join(self, Optional.empty());
        agent.contend("nightly", "m1");
        await().atMost(SOON).until(() -> other.owners().containsKey("nightly"));
        long session = zooKeeper.sessionOf(path("/masters/m1"));

        zooKeeper.stop();
        await().atMost(SOON).until(() -> !agent.isConnected());
        assertThat(agent.owners()).isEqualTo(Map.of("nightly", "m1"));
        zooKeeper.restart();
        await().atMost(SOON).until(() -> agent.isConnected() && other.isConnected());

        assertThat(agent.heartbeat()).isTrue();
        assertThat(other.members()).isEqualTo(Map.of("m1", self));
        assertThat(zooKeeper.sessionOf(path("/masters/m1"))).isEqualTo(session);
        AtomicInteger wakes = new AtomicInteger();
        other.onChange(wakes::incrementAndGet);
        agent.contend("full", "m1");
        await().atMost(SOON).until(other::owners, Map.of("nightly", "m1", "full", "m1")::equals);
        await().atMost(SOON).until(() -> wakes.get() > 0);
    }

    @Test
    void after_an_outage_longer_than_the_session_an_agent_has_its_name_and_schedulers_again_at_once() {
        zooKeeper.restart();
        CuratorEnsemble agent = connect(Duration.ofSeconds(3));
        Member self = member("m1");
        agent.join(self, Optional.empty());
        agent.contend("nightly", "m1");
        long session = zooKeeper.sessionOf(path("/masters/m1"));

        zooKeeper.stop();
        await().atMost(SOON).until(() -> sessionOf(agent) != session);
        zooKeeper.restart();
        await().atMost(SOON).until(agent::isConnected);

        assertThat(agent.heartbeat()).isFalse();
        assertThat(agent.join(self, Optional.empty())).isEmpty();
        assertThat(agent.contend("nightly", "m1")).isTrue();
        assertThat(agent.heartbeat()).isTrue();
        await().atMost(SOON).until(agent::owners, Map.of("nightly", "m1")::equals);
    }

    @Test
    void what_changed_while_an_agent_was_away_is_read_when_it_is_back() {
        zooKeeper.restart();
        CuratorEnsemble agent = connect();
        agent.join(member("m1"), Optional.empty());
        CuratorEnsemble other = connect();
        other.join(member("m2"), Optional.empty());
        other.contend("nightly", "m2");
        await().atMost(SOON).until(() -> agent.owners().containsKey("nightly"));

        // the session of the other agent ends while no event can be delivered
        zooKeeper.stop();
        other.close();
        await().atMost(SOON).until(() -> !agent.isConnected());
        zooKeeper.restart();
        zooKeeper.expire(cluster, "m2");

        await().atMost(SOON).until(() -> agent.isConnected() && agent.owners().isEmpty());
    }

    @Test
    void numbers_grow_across_restarts() {
        zooKeeper.restart();
        CuratorEnsemble agent = connect();
        List<Long> numbers = new ArrayList<>();

        for (int life = 0; life < 3; life++) {
            numbers.add(agent.number());
            numbers.add(agent.number());
            zooKeeper.stop();
            await().atMost(SOON).until(() -> !agent.isConnected());
            zooKeeper.restart();
            await().atMost(SOON).until(agent::isConnected);
        }

        assertThat(numbers).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void an_agent_has_one_watch_and_one_in_the_election_however_many_schedulers_there_are() {
        zooKeeper.restart();
        CuratorEnsemble agent = connect();
        CuratorEnsemble other = connect();
        agent.owners();
        other.owners();

        for (int i = 0; i < 200; i++) {
            assertThat(agent.contend("scheduler-" + i, "m1")).isTrue();
        }
        agent.stand("m1");
        await().atMost(SOON).until(agent::seemsLeader);
        other.stand("m2");
        await().atMost(SOON).until(() -> other.owners().size() == 200);

        await().atMost(SOON).untilAsserted(() -> assertThat(zooKeeper.watches()).isEqualTo(3));
    }

    @Test
    void what_the_loop_that_keeps_the_trust_asks_of_a_silent_server_ends_long_before_the_trust() throws Exception {
        zooKeeper.restart();
        int port = Integer.parseInt(zooKeeper.connectString().split(":", 2)[1]);
        try (FaultProxy silent = FaultProxy.before(port)) {
            CuratorEnsemble agent =
                    CuratorEnsemble.connect(silent.address(), cluster, ZooKeeperFixture.SESSION_TIMEOUT);
            agents.add(agent);
            Member self = member("m1");
            agent.join(self, Optional.empty());
            Pairing pairing = new Pairing(UUID.randomUUID(), UUID.randomUUID(), Optional.empty(), UUID.randomUUID());
            agent.pair(Optional.empty(), pairing);
            silent.standStill(true);

            for (Runnable question : List.<Runnable>of(
                    agent::pairing,
                    () -> agent.pair(Optional.of(pairing), pairing),
                    () -> agent.publish(self),
                    () -> agent.join(self, Optional.empty()),
                    agent::heartbeat)) {
                long began = System.nanoTime();
                assertThatThrownBy(question::run).isInstanceOf(ZooKeeperUnreachable.class);
                assertThat(Duration.ofNanos(System.nanoTime() - began))
                        .isLessThan(ZooKeeperFixture.SESSION_TIMEOUT.dividedBy(2));
            }
        }
    }

    private CuratorEnsemble connect() {
        return connect(ZooKeeperFixture.SESSION_TIMEOUT);
    }

    private CuratorEnsemble connect(Duration sessionTimeout) {
        CuratorEnsemble agent = CuratorEnsemble.connect(zooKeeper.connectString(), cluster, sessionTimeout);
        agents.add(agent);
        return agent;
    }

    private String path(String below) {
        return "/quorate/" + cluster + below;
    }

    private static long sessionOf(CuratorEnsemble agent) throws Exception {
        return agent.session().curator().getZookeeperClient().getZooKeeper().getSessionId();
    }

    private static Member member(String name) {
        return new Member(name, UUID.randomUUID(), 1, "host", 2, List.of("nightly"), "0.1.0");
    }
}
