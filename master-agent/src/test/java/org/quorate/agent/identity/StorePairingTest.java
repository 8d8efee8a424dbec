package org.quorate.agent.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.identity.DatabaseIdentities;
import org.quorate.identity.DatabaseView;
import org.quorate.testing.memory.InMemoryEnsemble;
import org.quorate.testing.memory.InMemoryIdentities;
import org.quorate.testing.memory.InMemoryZooKeeper;

/** Agents whose stores are replaced, copied, promoted and wiped. */
class StorePairingTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path state;

    private final InMemoryZooKeeper zooKeeper = new InMemoryZooKeeper();
    private final InMemoryIdentities original = new InMemoryIdentities();

    /** One agent, whose address of the database may lead to another server. */
    private final class TestedAgent implements DatabaseIdentities {
        final AtomicReference<InMemoryIdentities> address = new AtomicReference<>(original);
        final FollowedDatabase followed;
        final StorePairing pairing;
        final List<String> follows = new ArrayList<>();
        Runnable beforeView = () -> {};

        TestedAgent(String name, InMemoryEnsemble ensemble) {
            followed = new FollowedDatabase(state.resolve(name));
            pairing = new StorePairing("master:" + name, this, ensemble, followed, UUID::randomUUID);
            pairing.onFollow(() -> follows.add(name));
        }

        boolean mayUse(InMemoryIdentities database) {
            return followed.objectionToWork(database.view()).isEmpty();
        }

        @Override
        public DatabaseView view() {
            beforeView.run();
            return address.get().view();
        }

        @Override
        public void renew(UUID database, String actor) {
            address.get().renew(database, actor);
        }

        @Override
        public void recordEnsemble(Optional<UUID> before, UUID after, String actor) {
            address.get().recordEnsemble(before, after, actor);
        }
    }

    @BeforeEach
    void makeStateDirectories() throws Exception {
        for (String name : List.of("m1", "m2", "s1")) {
            Files.createDirectories(state.resolve(name));
        }
    }

    private TestedAgent agent(String name) {
        return new TestedAgent(name, zooKeeper.connect());
    }

    private TestedAgent settled(String name) {
        TestedAgent agent = agent(name);
        assertThat(agent.pairing.settle()).isEmpty();
        return agent;
    }

    @Test
    void the_first_agents_record_the_stores_and_the_others_find_them() {
        settled("m1");
        settled("m2");

        assertThat(zooKeeper.connect().pairing().orElseThrow().database())
                .isEqualTo(original.view().identity().database());
        assertThat(original.view().identity().ensemble())
                .contains(zooKeeper.connect().pairing().orElseThrow().ensemble());
    }

    @Test
    void a_loop_that_waits_for_a_store_while_it_compares_both_holds_up_no_other_loop() throws Exception {
        TestedAgent m1 = settled("m1");
        CountDownLatch waits = new CountDownLatch(1);
        CountDownLatch answered = new CountDownLatch(1);
        m1.beforeView = () -> {
            waits.countDown();
            join(answered);
        };
        CompletableFuture<Optional<String>> one = CompletableFuture.supplyAsync(m1.pairing::settle);
        join(waits);

        try {
            CompletableFuture<Optional<String>> other = CompletableFuture.supplyAsync(m1.pairing::settle);

            assertThat(other).failsWithin(PATIENCE).withThrowableThat().withMessageContaining("another loop");
            assertThat(CompletableFuture.supplyAsync(m1.pairing::isChanged))
                    .succeedsWithin(PATIENCE)
                    .isEqualTo(false);
        } finally {
            answered.countDown();
        }
        assertThat(one.get()).isEmpty();
        assertThat(m1.pairing.settle()).as("afterwards").isEmpty();
    }

    private static void join(CountDownLatch latch) {
        try {
            assertThat(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void a_promotion_is_followed_by_all_agents_and_the_former_primary_is_left() {
        TestedAgent m1 = settled("m1");
        TestedAgent m2 = settled("m2");
        InMemoryIdentities standby = original.promoted();
        assertThat(m1.mayUse(standby)).as("before the cluster follows").isFalse();

        m1.address.set(standby);
        assertThat(m1.pairing.settle()).isEmpty();
        m2.address.set(standby);
        assertThat(m2.pairing.settle()).isEmpty();

        assertThat(m1.follows).hasSize(1);
        assertThat(m2.follows).hasSize(1);
        for (TestedAgent agent : List.of(m1, m2)) {
            assertThat(agent.mayUse(standby)).isTrue();
            assertThat(agent.mayUse(original)).as("the former primary").isFalse();
        }
    }

    @Test
    void an_agent_that_still_has_the_former_primary_learns_from_ZooKeeper_that_it_must_leave_it() {
        TestedAgent m1 = settled("m1");
        TestedAgent m2 = settled("m2");
        m1.address.set(original.promoted());
        m1.pairing.settle();

        assertThat(m2.pairing.isChanged()).isTrue();
        assertThat(m2.pairing.settle().orElseThrow()).contains("former primary");

        assertThat(m2.follows).hasSize(1);
        assertThat(m2.mayUse(original)).isFalse();
    }

    @Test
    void a_restarted_agent_knows_the_former_primary_without_ZooKeeper() {
        TestedAgent m1 = settled("m1");
        InMemoryIdentities standby = original.promoted();
        m1.address.set(standby);
        m1.pairing.settle();

        TestedAgent restarted = agent("m1");

        assertThat(restarted.mayUse(original)).isFalse();
        assertThat(restarted.mayUse(standby)).isTrue();
    }

    @Test
    void a_restarted_agent_follows_a_promotion_that_happened_while_all_agents_were_away() {
        settled("m1");
        TestedAgent restarted = agent("m1");
        restarted.address.set(original.promoted());

        assertThat(restarted.pairing.settle()).isEmpty();
    }

    @Test
    void a_promotion_that_was_followed_halfway_is_followed_to_the_end() {
        TestedAgent m1 = settled("m1");
        InMemoryIdentities standby = original.promoted();
        standby.renew(original.view().identity().database(), "an agent that died then");

        m1.address.set(standby);
        assertThat(m1.mayUse(standby)).isFalse();
        assertThat(m1.pairing.settle()).isEmpty();

        assertThat(m1.mayUse(standby)).isTrue();
        assertThat(m1.mayUse(original)).isFalse();
    }

    @Test
    void of_two_standbys_that_were_promoted_one_is_followed_by_all() {
        TestedAgent m1 = settled("m1");
        TestedAgent m2 = settled("m2");
        m1.address.set(original.promoted());
        m2.address.set(original.promoted());

        assertThat(m1.pairing.settle()).isEmpty();

        assertThat(m2.pairing.settle().orElseThrow()).contains("another copy");
        m2.address.set(m1.address.get());
        assertThat(m2.pairing.settle()).isEmpty();
    }

    @Test
    void a_staging_copy_of_the_files_that_was_promoted_does_not_take_the_cluster_away() {
        settled("m1");
        TestedAgent staging = agent("s1");
        staging.address.set(original.promoted());

        assertThat(staging.pairing.settle().orElseThrow()).contains("cannot be told from a copy");

        assertThat(zooKeeper.connect().pairing().orElseThrow().database())
                .isEqualTo(original.view().identity().database());
    }

    @Test
    void a_staging_copy_from_a_dump_stays_out() {
        TestedAgent m1 = settled("m1");
        TestedAgent staging = agent("s1");
        staging.address.set(original.restored());

        assertThat(staging.pairing.settle().orElseThrow()).contains("is a copy of the cluster's");
        assertThat(m1.pairing.settle()).isEmpty();
    }

    @Test
    void an_ensemble_that_lost_its_data_is_taken_again_by_the_living_agents() {
        TestedAgent m1 = settled("m1");
        TestedAgent m2 = settled("m2");
        UUID before = zooKeeper.connect().pairing().orElseThrow().ensemble();

        zooKeeper.wipe();
        assertThat(m2.pairing.settle()).isEmpty();
        assertThat(m1.pairing.settle()).isEmpty();

        assertThat(original.view().identity().ensemble())
                .isPresent()
                .isNotEqualTo(Optional.of(before))
                .contains(zooKeeper.connect().pairing().orElseThrow().ensemble());
    }

    @Test
    void a_new_agent_does_not_take_an_ensemble_that_knows_nothing_of_the_cluster() {
        settled("m1");
        TestedAgent elsewhere = new TestedAgent("m2", new InMemoryZooKeeper().connect());

        assertThat(elsewhere.pairing.settle().orElseThrow()).contains("knows nothing of the cluster");
    }

    @Test
    void of_two_ensembles_only_one_is_ever_used() {
        InMemoryZooKeeper other = new InMemoryZooKeeper();
        TestedAgent m1 = settled("m1");
        InMemoryEnsemble elsewhere = other.connect();
        elsewhere.pair(Optional.empty(), zooKeeper.connect().pairing().orElseThrow());
        TestedAgent m2 = new TestedAgent("m2", elsewhere);
        assertThat(m2.pairing.settle()).as("as if both were one").isEmpty();

        other.wipe();
        assertThat(m2.pairing.settle()).as("it takes the empty one again").isEmpty();

        assertThat(m1.pairing.settle().orElseThrow()).contains("another one");
    }

    @Test
    void a_state_directory_that_another_cluster_used_before_does_not_matter() {
        settled("m1");
        InMemoryIdentities staging = new InMemoryIdentities(UUID.randomUUID());
        InMemoryEnsemble ensemble = new InMemoryZooKeeper().connect();
        TestedAgent reused = new TestedAgent("m1", ensemble);
        reused.address.set(staging);
        assertThat(reused.pairing.settle()).isEmpty();

        reused.address.set(staging.promoted());
        assertThat(reused.pairing.settle()).isEmpty();

        assertThat(reused.mayUse(staging)).isFalse();
    }

    @Test
    void a_foreign_ensemble_does_not_change_what_an_agent_knows_of_its_database() {
        TestedAgent m1 = settled("m1");
        InMemoryZooKeeper foreign = new InMemoryZooKeeper();
        TestedAgent other = new TestedAgent("s1", foreign.connect());
        other.address.set(new InMemoryIdentities(UUID.randomUUID()));
        assertThat(other.pairing.settle()).isEmpty();

        TestedAgent mistyped = new TestedAgent("m1", foreign.connect());

        assertThat(mistyped.pairing.settle().orElseThrow()).contains("another cluster's");
        assertThat(mistyped.mayUse(original)).isTrue();
        assertThat(m1.pairing.settle()).isEmpty();
    }
}
