package org.quorate.agent.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.agent.TestAgent;
import org.quorate.agent.authority.MasterState;
import org.quorate.agent.authority.NotNow;
import org.quorate.event.Batch;
import org.quorate.event.Cursor;
import org.quorate.event.Events;
import org.quorate.event.Publication;
import org.quorate.master.Authority;
import org.quorate.master.Fenced;
import org.quorate.master.UnknownOutcome;
import org.quorate.testing.memory.InMemoryDatabase;
import org.quorate.testing.memory.InMemoryZooKeeper;

/** The events between the buildmasters of two or three agents, step by step. */
class RelayStepTest {
    private static final Cursor NOTHING_HEARD = new Cursor(Map.of(), 0);

    @TempDir
    Path state;

    private final AtomicLong nanos = new AtomicLong(1);
    private final InMemoryDatabase database = new InMemoryDatabase();
    private final InMemoryZooKeeper zooKeeper = new InMemoryZooKeeper(TestAgent.SESSION);

    private TestAgent registered(String name) {
        return registered(name, database.events());
    }

    private TestAgent registered(String name, Events events) {
        TestAgent agent = new TestAgent(name, state, nanos, database, zooKeeper, database.claims(), events);
        agent.membership.take();
        return agent;
    }

    private TestAgent listening(String name) {
        TestAgent agent = registered(name);
        agent.helloOfBuildbot(Map.of());
        agent.relay.take();
        return agent;
    }

    private static CompletableFuture<@Nullable Void> publish(TestAgent agent, String events) {
        return agent.inbox.publish(events);
    }

    private static void publishNow(TestAgent agent, String events) {
        CompletableFuture<@Nullable Void> done = publish(agent, events);
        agent.relay.take();
        assertThat(done).isCompleted();
    }

    private static void hear(TestAgent agent) {
        agent.relay.listen("somebody");
        agent.relay.take();
    }

    private static int masterid(TestAgent agent) {
        return agent.masterState.authority().orElseThrow().masterid();
    }

    private List<String> written() {
        return database.events().read(-1, NOTHING_HEARD, 1_000).stream()
                .map(Batch::events)
                .toList();
    }

    /** Returns the events that arrived, without the first, empty batch. */
    private static List<String> received(TestAgent agent) {
        return agent.link.batches.stream()
                .map(Batch::events)
                .filter(events -> !events.equals("[]"))
                .toList();
    }

    @Test
    void an_event_reaches_the_other_buildmaster_once_and_not_its_own() {
        TestAgent m1 = listening("m1");
        TestAgent m2 = listening("m2");

        publishNow(m1, "[1]");
        hear(m1);
        hear(m2);
        hear(m2);

        assertThat(received(m2)).containsExactly("[1]");
        assertThat(m2.link.batches).last().extracting(Batch::masterid).isEqualTo(masterid(m1));
        assertThat(received(m1)).isEmpty();
    }

    @Test
    void a_lone_buildmasters_events_are_acknowledged_unwritten_until_another_takes_part() {
        TestAgent m1 = listening("m1");

        publishNow(m1, "[\"alone\"]");
        assertThat(written()).isEmpty();
        TestAgent m2 = listening("m2");
        publishNow(m1, "[\"with m2\"]");
        hear(m2);

        assertThat(received(m2)).containsExactly("[\"with m2\"]");
    }

    @Test
    void events_that_wait_together_keep_their_order_and_their_batches() {
        TestAgent m1 = listening("m1");
        TestAgent m2 = listening("m2");

        publish(m1, "[1]");
        publish(m1, "[2]");
        publishNow(m1, "[3]");
        hear(m2);

        assertThat(received(m2)).containsExactly("[1]", "[2]", "[3]");
    }

    @Test
    void many_batches_are_published_and_read_in_several_steps() {
        TestAgent m1 = listening("m1");
        TestAgent m2 = listening("m2");
        for (int i = 0; i < 250; i++) {
            publish(m1, "[" + i + "]");
        }

        assertThat(m1.relay.take().next()).isEqualTo(Duration.ZERO);
        assertThat(written()).hasSizeBetween(1, 249);
        while (m1.relay.take().next().isZero()) {}
        hear(m2);
        assertThat(received(m2)).hasSizeBetween(1, 249);
        while (m2.relay.take().next().isZero()) {}

        assertThat(received(m2)).hasSize(250).startsWith("[0]", "[1]").endsWith("[249]");
    }

    @Test
    void a_new_listener_receives_all_events_from_then_on_also_those_of_masters_that_join_later() {
        TestAgent m1 = listening("m1");
        registered("m2");
        publishNow(m1, "[\"before\"]");
        TestAgent m3 = listening("m3");

        publishNow(m1, "[\"after\"]");
        TestAgent m4 = listening("m4");
        publishNow(m4, "[\"by one that joined\"]");
        database.publish("[\"by an operator\"]");
        hear(m3);

        assertThat(received(m3)).containsExactly("[\"after\"]", "[\"by one that joined\"]", "[\"by an operator\"]");
    }

    @Test
    void an_event_between_the_answer_to_hello_and_the_first_look_is_received() {
        TestAgent m1 = listening("m1");
        TestAgent m2 = registered("m2");
        m2.helloOfBuildbot(Map.of());

        publishNow(m1, "[1]");
        m2.relay.take();

        assertThat(received(m2)).containsExactly("[1]");
    }

    @Test
    void a_restarted_agent_goes_on_where_its_buildmaster_is_and_loses_nothing() {
        TestAgent m1 = listening("m1");
        TestAgent before = listening("m2");
        publishNow(m1, "[1]");
        hear(before);
        Map<Integer, Long> kept = new HashMap<>();
        before.link.batches.forEach(batch -> kept.put(batch.masterid(), batch.seq()));
        zooKeeper.expire(before.ensemble);
        before.stateFile.close();
        publishNow(m1, "[2]");
        TestAgent m3 = listening("m3");
        publishNow(m3, "[3]");

        TestAgent after = registered("m2");
        after.helloOfBuildbot(kept);
        after.relay.take();

        assertThat(received(after)).containsExactly("[2]", "[3]");
    }

    @Test
    void a_buildmaster_that_does_not_listen_gets_no_events() {
        TestAgent m1 = listening("m1");
        TestAgent shell = registered("m2").in(List.of("linux"), List.of());

        publishNow(m1, "[1]");
        hear(shell);

        assertThat(shell.link.batches).isEmpty();
    }

    @Test
    void a_buildmaster_that_is_slow_to_read_is_waited_for() {
        TestAgent m1 = listening("m1");
        TestAgent m2 = listening("m2");
        publishNow(m1, "[1]");

        m2.link.behind = true;
        hear(m2);
        assertThat(received(m2)).isEmpty();
        m2.link.behind = false;
        m2.relay.take();

        assertThat(received(m2)).containsExactly("[1]");
    }

    @Test
    void a_masters_own_events_are_no_hint_and_the_poll_finds_events_without_a_hint() {
        TestAgent m1 = listening("m1");
        TestAgent m2 = listening("m2");
        publishNow(m1, "[1]");

        assertThat(m2.relay.listen(Integer.toString(masterid(m2)))).isFalse();
        m2.relay.take();
        assertThat(received(m2)).isEmpty();
        m2.pass(Duration.ofSeconds(3));
        m2.membership.take();
        m2.pass(Duration.ofSeconds(3));
        m2.membership.take();
        m2.pass(Duration.ofSeconds(3));
        m2.membership.take();
        m2.pass(Duration.ofSeconds(1));
        m2.relay.take();

        assertThat(received(m2)).containsExactly("[1]");
    }

    @Test
    void without_the_database_a_publication_is_rejected_and_the_events_of_others_arrive_when_it_is_back() {
        TestAgent m1 = listening("m1");
        TestAgent m2 = listening("m2");
        publishNow(m2, "[\"before\"]");

        database.makeUnreachable(true);
        CompletableFuture<@Nullable Void> refused = publish(m1, "[1]");
        hear(m1);
        assertThatThrownBy(refused::join)
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(NotNow.class);
        database.makeUnreachable(false);
        m1.relay.take();

        assertThat(received(m1)).containsExactly("[\"before\"]");
        assertThat(written()).containsExactly("[\"before\"]");
    }

    @Test
    void a_fenced_master_publishes_nothing_and_notices_that_it_is_fenced() {
        TestAgent m1 = listening("m1");
        listening("m2");
        publishNow(m1, "[1]");
        database.masters().register("m1", UUID.randomUUID(), 0);

        CompletableFuture<@Nullable Void> refused = publish(m1, "[2]");
        m1.relay.take();

        assertThatThrownBy(refused::join)
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(Fenced.class);
        assertThat(m1.masterState.current().phase()).isEqualTo(MasterState.Phase.FENCED);
        assertThat(written()).containsExactly("[1]");
    }

    @Test
    void while_the_agent_does_not_trust_itself_a_publication_is_rejected() {
        TestAgent m1 = listening("m1");
        m1.pass(Duration.ofSeconds(5));

        CompletableFuture<@Nullable Void> refused = publish(m1, "[1]");
        m1.relay.take();

        assertThatThrownBy(refused::join).hasCauseInstanceOf(NotNow.class);
    }

    @Test
    void a_lost_commit_is_looked_up_and_its_batches_are_published_once_before_those_that_follow() {
        for (boolean committed : List.of(true, false)) {
            LosingEvents losing = new LosingEvents(database.events(), committed);
            TestAgent m1 = registered("losing " + committed, losing);
            m1.helloOfBuildbot(Map.of());
            TestAgent m2 = listening("hears " + committed);
            losing.loses = true;
            CompletableFuture<@Nullable Void> first = publish(m1, "[1]");
            m1.relay.take();
            assertThat(first).isNotDone();
            CompletableFuture<@Nullable Void> second = publish(m1, "[2]");

            m1.relay.take();
            hear(m2);

            assertThat(first).isCompleted();
            assertThat(second).isCompleted();
            assertThat(received(m2)).as("committed: " + committed).containsExactly("[1]", "[2]");
        }
    }

    @Test
    void a_publication_in_doubt_waits_while_the_database_is_away() {
        LosingEvents losing = new LosingEvents(database.events(), true);
        TestAgent m1 = registered("m1", losing);
        TestAgent m2 = listening("m2");
        losing.loses = true;
        CompletableFuture<@Nullable Void> doubtful = publish(m1, "[1]");
        m1.relay.take();

        database.makeUnreachable(true);
        CompletableFuture<@Nullable Void> later = publish(m1, "[2]");
        m1.relay.take();
        assertThat(doubtful).isNotDone();
        assertThatThrownBy(later::join).hasCauseInstanceOf(NotNow.class);
        database.makeUnreachable(false);
        m1.relay.take();
        hear(m2);

        assertThat(doubtful).isCompleted();
        assertThat(received(m2)).containsExactly("[1]");
    }

    @Test
    void after_a_restore_of_the_database_buildmasters_hear_each_other_from_the_next_event_on() {
        TestAgent m1 = listening("m1");
        TestAgent m2 = listening("m2");
        for (int i = 0; i < 5; i++) {
            publishNow(m1, "[\"lost\"]");
        }
        hear(m2);

        database.restoreEvents(1);
        hear(m2);
        publishNow(m1, "[\"after\"]");
        hear(m2);

        assertThat(received(m2)).endsWith("[\"lost\"]", "[\"after\"]");
        Map<Integer, Long> kept = new HashMap<>();
        m2.link.batches.forEach(batch -> kept.put(batch.masterid(), batch.seq()));
        assertThat(kept).as("what the buildmaster sends when it connects again").containsEntry(masterid(m1), 2L);
    }

    @Test
    void a_buildmaster_that_kept_a_position_from_before_a_restore_hears_what_follows() {
        TestAgent m1 = listening("m1");
        TestAgent m2 = registered("m2");
        m2.helloOfBuildbot(Map.of(masterid(m1), 500L));
        m2.relay.take();

        publishNow(m1, "[1]");
        hear(m2);

        assertThat(received(m2)).containsExactly("[1]");
    }

    /** Loses the answer to one commit, which may have happened or not. */
    private static final class LosingEvents implements Events {
        private final Events events;
        private final boolean committed;
        boolean loses;

        LosingEvents(Events events, boolean committed) {
            this.events = events;
            this.committed = committed;
        }

        @Override
        public void publish(Authority authority, Publication publication) {
            if (!loses) {
                events.publish(authority, publication);
                return;
            }
            loses = false;
            if (committed) {
                events.publish(authority, publication);
            }
            throw new UnknownOutcome("the test lost the answer", new IOException("test"));
        }

        @Override
        public void settle(Authority authority, Publication publication) {
            events.settle(authority, publication);
        }

        @Override
        public boolean hasOthers(int masterid) {
            return events.hasOthers(masterid);
        }

        @Override
        public long newest() {
            return events.newest();
        }

        @Override
        public long issued() {
            return events.issued();
        }

        @Override
        public List<Batch> read(int masterid, Cursor cursor, int limit) {
            return events.read(masterid, cursor, limit);
        }
    }
}
