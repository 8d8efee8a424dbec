package org.quorate.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.apache.curator.utils.ZookeeperFactory;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooKeeper;
import org.junit.jupiter.api.Test;
import org.quorate.testing.ZooKeeperFixture;

class EventsInTurnTest {
    private static final Duration SOON = Duration.ofMinutes(5);

    private final List<String> events = new CopyOnWriteArrayList<>();
    private final CountDownLatch goOn = new CountDownLatch(1);

    /**
     * An agent that resumed after a pause never had ZooKeeper again: its new session had connected before Curator noted
     * the end of the old one.
     */
    @Test
    void a_session_that_connects_while_the_loss_of_the_one_before_is_being_handled_is_handled_afterwards()
            throws Exception {
        ZookeeperFactory handles = new EventsInTurn();
        try (ZooKeeperFixture server = ZooKeeperFixture.start()) {
            ZooKeeper first = handles.newZooKeeper(server.connectString(), 10_000, this::slowly, false);
            await().atMost(SOON).until(() -> events.contains("begin"));
            ZooKeeper second = handles.newZooKeeper(server.connectString(), 10_000, this::quickly, false);
            await().atMost(SOON).until(() -> second.getState().isConnected());
            assertThat(second.exists("/", false)).isNotNull();
            assertThat(events).containsExactly("begin");

            goOn.countDown();

            await().atMost(SOON).until(() -> events.size() == 3);
            assertThat(events).containsExactly("begin", "end", "connected");
            first.close();
            second.close();
        }
    }

    private void slowly(WatchedEvent event) {
        if (goOn.getCount() > 0) {
            events.add("begin");
            try {
                goOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            events.add("end");
        }
    }

    private void quickly(WatchedEvent event) {
        if (event.getState() == KeeperState.SyncConnected) {
            events.add("connected");
        }
    }
}
