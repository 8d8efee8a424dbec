package org.quorate.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.quorate.identity.Pairing;
import org.quorate.master.Ensemble;
import org.quorate.master.Member;
import org.quorate.master.ZooKeeperUnreachable;

/** The contract of every {@link Ensemble}, real or in memory. */
public abstract class EnsembleContract {
    private static final Duration SOON = Duration.ofMinutes(5);

    private final List<Ensemble> opened = new ArrayList<>();

    /** Connects a new agent to the cluster of this test. */
    protected abstract Ensemble connect();

    /** Ends the session of the agent that joined as this master. */
    protected abstract void expire(Ensemble ensemble, String master);

    /** For subclasses with clusters of their own: closes the ensemble after the test. */
    protected final <T extends Ensemble> T opened(T ensemble) {
        opened.add(ensemble);
        return ensemble;
    }

    protected static Member member(String name) {
        return new Member(name, UUID.randomUUID(), 7, "host-of-" + name, 3, List.of("nightly", "full"), "0.1.0");
    }

    @AfterEach
    void closeAll() {
        opened.forEach(Ensemble::close);
    }

    @Test
    void a_joined_master_is_a_member_with_all_that_it_published() {
        Ensemble agent = opened(connect());
        Ensemble other = opened(connect());
        Member self = member("m1");

        assertThat(agent.join(self, Optional.empty())).isEmpty();

        assertThat(other.members()).isEqualTo(Map.of("m1", self));
    }

    @Test
    void a_second_agent_of_the_same_name_stays_out_and_learns_who_has_it() {
        Ensemble agent = opened(connect());
        Ensemble second = opened(connect());
        Member self = member("m1");
        agent.join(self, Optional.empty());

        assertThat(second.join(member("m1"), Optional.empty())).contains(self);
        assertThat(second.join(member("m1"), Optional.of(UUID.randomUUID()))).contains(self);

        assertThat(agent.heartbeat()).isTrue();
        assertThat(second.heartbeat()).isFalse();
        assertThat(second.members()).isEqualTo(Map.of("m1", self));
    }

    @Test
    void a_node_of_the_predecessor_is_replaced() {
        Ensemble predecessor = opened(connect());
        Ensemble successor = opened(connect());
        Member earlier = member("m1");
        Member self = member("m1");
        predecessor.join(earlier, Optional.empty());

        assertThat(successor.join(self, Optional.of(earlier.incarnation()))).isEmpty();

        assertThat(successor.heartbeat()).isTrue();
        assertThat(predecessor.heartbeat()).isFalse();
        assertThat(successor.members()).isEqualTo(Map.of("m1", self));
    }

    @Test
    void joining_again_in_the_same_session_changes_nothing() {
        Ensemble agent = opened(connect());
        agent.join(member("m1"), Optional.empty());
        Member again = member("m1");

        assertThat(agent.join(again, Optional.empty())).isEmpty();

        assertThat(agent.members()).isEqualTo(Map.of("m1", again));
        assertThat(agent.heartbeat()).isTrue();
    }

    @Test
    void a_heartbeat_before_joining_is_false() {
        Ensemble agent = opened(connect());
        agent.sessionTimeout();

        assertThat(agent.heartbeat()).isFalse();
    }

    @Test
    void after_the_session_expired_the_heartbeat_is_false_until_the_agent_joins_again() {
        Ensemble agent = opened(connect());
        Member self = member("m1");
        agent.join(self, Optional.empty());
        assertThat(agent.heartbeat()).isTrue();

        expire(agent, "m1");

        await().atMost(SOON)
                .ignoreExceptionsInstanceOf(ZooKeeperUnreachable.class)
                .until(() -> !agent.heartbeat());
        assertThat(agent.members()).isEmpty();
        await().atMost(SOON)
                .ignoreExceptionsInstanceOf(ZooKeeperUnreachable.class)
                .until(() -> agent.join(self, Optional.empty()).isEmpty());
        assertThat(agent.heartbeat()).isTrue();
    }

    @Test
    void publishing_changes_what_others_read_and_creates_no_node() {
        Ensemble agent = opened(connect());
        Ensemble other = opened(connect());
        Member self = member("m1");
        agent.join(self, Optional.empty());
        Member published =
                new Member("m1", self.incarnation(), 8, "elsewhere", 9, List.of(), "0.2.0", OptionalInt.of(9_989));

        agent.publish(published);
        other.publish(member("m1"));
        other.publish(member("m2"));

        assertThat(other.members()).isEqualTo(Map.of("m1", published));
    }

    @Test
    void leaving_removes_the_master_and_all_that_it_owns() {
        Ensemble agent = opened(connect());
        Ensemble other = opened(connect());
        agent.join(member("m1"), Optional.empty());
        agent.contend("nightly", "m1");
        agent.contend("full", "m1");
        other.contend("weekly", "m2");

        agent.leave();

        assertThat(agent.heartbeat()).isFalse();
        assertThat(other.members()).isEmpty();
        await().atMost(SOON).until(other::owners, Map.of("weekly", "m2")::equals);
        agent.leave();
    }

    @Test
    void one_of_two_contenders_gets_the_scheduler() {
        Ensemble agent = opened(connect());
        Ensemble other = opened(connect());

        assertThat(agent.contend("nightly", "m1")).isTrue();
        assertThat(other.contend("nightly", "m2")).isFalse();
        assertThat(agent.contend("nightly", "m1")).isTrue();

        assertThat(agent.owners()).isEqualTo(Map.of("nightly", "m1"));
        await().atMost(SOON).until(other::owners, Map.of("nightly", "m1")::equals);
    }

    @Test
    void a_withdrawn_scheduler_is_free_for_others_but_nobody_withdraws_for_another() {
        Ensemble agent = opened(connect());
        Ensemble other = opened(connect());
        agent.contend("nightly", "m1");

        other.withdraw("nightly");
        assertThat(other.contend("nightly", "m2")).isFalse();
        agent.withdraw("nightly");
        agent.withdraw("never owned");

        assertThat(agent.owners()).isEmpty();
        assertThat(other.contend("nightly", "m2")).isTrue();
        await().atMost(SOON).until(agent::owners, Map.of("nightly", "m2")::equals);
    }

    @Test
    void the_schedulers_of_an_expired_session_are_free() {
        Ensemble agent = opened(connect());
        Ensemble other = opened(connect());
        agent.join(member("m1"), Optional.empty());
        agent.contend("nightly", "m1");
        await().atMost(SOON).until(() -> other.owners().containsKey("nightly"));

        expire(agent, "m1");

        await().atMost(SOON).until(() -> other.owners().isEmpty());
        assertThat(other.contend("nightly", "m2")).isTrue();
        await().atMost(SOON).until(agent::owners, Map.of("nightly", "m2")::equals);
        assertThat(agent.contend("nightly", "m1")).isFalse();
    }

    @Test
    void a_scheduler_node_that_an_earlier_incarnation_of_the_same_master_left_is_replaced_at_once() {
        Ensemble predecessor = opened(connect());
        Ensemble successor = opened(connect());
        predecessor.contend("nightly", "m1");

        assertThat(successor.contend("nightly", "m1")).isTrue();

        predecessor.withdraw("nightly");
        assertThat(opened(connect()).contend("nightly", "m2")).isFalse();
    }

    @Test
    void one_candidate_seems_to_be_the_leader_and_another_follows_it() {
        Ensemble first = opened(connect());
        Ensemble second = opened(connect());
        first.stand("m1");
        await().atMost(SOON).until(first::seemsLeader);
        second.stand("m2");
        second.stand("m2");

        first.standDown();

        await().atMost(SOON).until(second::seemsLeader);
        assertThat(first.seemsLeader()).isFalse();
        first.stand("m1");
        second.close();
        await().atMost(SOON).until(first::seemsLeader);
    }

    @Test
    void after_the_session_of_the_leader_expired_another_leads_and_the_first_is_a_candidate_again() {
        Ensemble first = opened(connect());
        Ensemble second = opened(connect());
        first.join(member("m1"), Optional.empty());
        second.join(member("m2"), Optional.empty());
        first.stand("m1");
        await().atMost(SOON).until(first::seemsLeader);
        second.stand("m2");

        expire(first, "m1");

        await().atMost(SOON).until(() -> second.seemsLeader() && !first.seemsLeader());
        // whichever master becomes a candidate again first leads: the one whose session expired, or the other one
        for (int times = 0; times < 10 && !first.seemsLeader(); times++) {
            await().atMost(SOON)
                    .ignoreExceptions()
                    .until(() -> second.join(member("m2"), Optional.empty()).isEmpty());
            expire(second, "m2");
            await().atMost(SOON).until(() -> first.seemsLeader() != second.seemsLeader());
        }
        assertThat(first.seemsLeader()).isTrue();
    }

    @Test
    void numbers_grow_whoever_takes_them() {
        List<Ensemble> agents = List.of(opened(connect()), opened(connect()), opened(connect()));
        List<Long> numbers = new ArrayList<>();

        for (int i = 0; i < 30; i++) {
            numbers.add(agents.get(i % agents.size()).number());
        }

        assertThat(numbers).isSorted().doesNotHaveDuplicates().allMatch(number -> number > 0);
    }

    @Test
    void the_first_pairing_is_kept_until_somebody_replaces_exactly_that_one() {
        Ensemble agent = opened(connect());
        Pairing first = pairing();
        assertThat(agent.pairing()).isEmpty();

        assertThat(agent.pair(Optional.empty(), first)).isTrue();
        assertThat(agent.pair(Optional.empty(), pairing())).isFalse();
        assertThat(agent.pair(Optional.of(pairing()), pairing())).isFalse();
        assertThat(opened(connect()).pairing()).contains(first);

        Pairing second = pairing();
        assertThat(agent.pair(Optional.of(first), second)).isTrue();
        assertThat(agent.pair(Optional.of(first), pairing())).isFalse();
        assertThat(opened(connect()).pairing()).contains(second);
    }

    private static Pairing pairing() {
        return new Pairing(UUID.randomUUID(), UUID.randomUUID(), Optional.of(UUID.randomUUID()), UUID.randomUUID());
    }

    @Test
    void every_change_wakes_the_other_agents() {
        Ensemble agent = opened(connect());
        Ensemble other = opened(connect());
        other.owners();
        AtomicInteger wakes = new AtomicInteger();
        other.onChange(wakes::incrementAndGet);
        agent.stand("m1");
        await().atMost(SOON).until(agent::seemsLeader);

        assertWakes(wakes, () -> agent.join(member("m1"), Optional.empty()));
        assertWakes(wakes, () -> agent.publish(member("m1")));
        assertWakes(wakes, () -> agent.contend("nightly", "m1"));
        assertWakes(wakes, () -> agent.withdraw("nightly"));
        assertWakes(wakes, agent::standDown);
        assertWakes(wakes, () -> agent.pair(Optional.empty(), pairing()));
        assertWakes(wakes, agent::leave);
    }

    private static void assertWakes(AtomicInteger wakes, Runnable change) {
        int before = wakes.get();
        change.run();
        await().atMost(SOON).until(() -> wakes.get() > before);
    }

    @Test
    void masters_and_schedulers_may_have_any_name() {
        Ensemble agent = opened(connect());
        Set<String> names = new TreeSet<>(Set.of(
                ".", "..", "/", "a/b", "a b", "50%", "%2F", "ä€😀", "quoted \"name\"", "\n", "zookeeper", "x\0y"));

        for (String name : names) {
            assertThat(agent.join(member(name), Optional.empty())).isEmpty();
            assertThat(agent.contend(name, name)).isTrue();
        }

        assertThat(agent.members().keySet()).isEqualTo(names);
        assertThat(agent.owners())
                .hasSameSizeAs(names)
                .allSatisfy((scheduler, master) -> assertThat(scheduler).isEqualTo(master));
    }

    @Test
    void closing_removes_the_nodes_at_once_and_closing_twice_is_allowed() {
        Ensemble agent = opened(connect());
        Ensemble other = opened(connect());
        agent.join(member("m1"), Optional.empty());
        agent.contend("nightly", "m1");

        agent.close();
        agent.close();

        assertThat(other.members()).isEmpty();
        await().atMost(SOON).until(() -> other.owners().isEmpty());
        assertThat(agent.isConnected()).isFalse();
        assertThat(agent.seemsLeader()).isFalse();
        assertThatThrownBy(agent::members).isInstanceOf(ZooKeeperUnreachable.class);
        assertThatThrownBy(agent::heartbeat).isInstanceOf(ZooKeeperUnreachable.class);
    }
}
