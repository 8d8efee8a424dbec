package org.quorate.agent.identity;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quorate.agent.authority.MasterState;
import org.quorate.agent.authority.MasterStateHolder;
import org.quorate.agent.inbox.AttachedBuildmaster;
import org.quorate.agent.link.Hello;
import org.quorate.agent.metrics.Metrics;
import org.quorate.agent.testing.RecordingLink;
import org.quorate.identity.Pairing;
import org.quorate.master.Authority;
import org.quorate.master.Trust;
import org.quorate.testing.memory.InMemoryEnsemble;
import org.quorate.testing.memory.InMemoryIdentities;
import org.quorate.testing.memory.InMemoryZooKeeper;

class IdentityStepTest {
    @TempDir
    private Path state;

    private final AtomicLong nanos = new AtomicLong(1);
    private final InMemoryZooKeeper zooKeeper = new InMemoryZooKeeper();
    private final InMemoryEnsemble ensemble = zooKeeper.connect();
    private final InMemoryIdentities database = new InMemoryIdentities();
    private final MasterStateHolder masterState = new MasterStateHolder(nanos::get);
    private final AtomicInteger renewals = new AtomicInteger();
    private final AttachedBuildmaster attached = new AttachedBuildmaster();
    private IdentityStep step;

    @BeforeEach
    void register() {
        FollowedDatabase followed = new FollowedDatabase(state);
        StorePairing pairing = new StorePairing("master:m1", database, ensemble, followed, UUID::randomUUID);
        step = new IdentityStep(
                pairing,
                followed,
                masterState,
                nanos::get,
                renewals::incrementAndGet,
                attached,
                new Metrics(new MetricRegistry()));
        assertThat(pairing.settle()).isEmpty();
        masterState.change(now -> now.active(
                new Authority(1, 1, UUID.randomUUID()), false, Trust.none().acknowledged(1, Duration.ofDays(1))));
    }

    private void pairWith(UUID uuid) {
        Pairing before = ensemble.pairing().orElseThrow();
        ensemble.pair(
                Optional.of(before), new Pairing(before.cluster(), before.ensemble(), before.formerEnsemble(), uuid));
    }

    @Test
    void all_sessions_are_opened_again_when_the_cluster_uses_another_database_and_once_more_after_that() {
        step.take();
        assertThat(renewals).hasValue(0);

        pairWith(UUID.randomUUID());
        step.take();
        assertThat(renewals).hasValue(1);
        step.take();

        assertThat(renewals).as("one may have been opened meanwhile").hasValue(2);
        assertThat(masterState.current().phase())
                .as("as in an outage of the database")
                .isEqualTo(MasterState.Phase.ACTIVE);
    }

    private RecordingLink buildmaster() {
        RecordingLink link = new RecordingLink();
        Hello hello = new Hello("m1", "3.7.0", 1, List.of(), List.of(), List.of());
        attached.attach(new AttachedBuildmaster.Attached(link, hello, Optional.empty()));
        return link;
    }

    @Test
    void a_buildmaster_learns_which_database_the_cluster_uses_after_its_hello_and_after_a_promotion() {
        UUID before = ensemble.pairing().orElseThrow().database();
        UUID after = UUID.randomUUID();
        RecordingLink link = buildmaster();
        step.take();
        step.take();
        assertThat(link.sent).containsExactly("database " + before);

        pairWith(after);
        step.take();
        step.take();
        assertThat(link.sent).containsExactly("database " + before, "database " + after);

        RecordingLink again = buildmaster();
        step.take();
        assertThat(again.sent).containsExactly("database " + after);
    }

    @Test
    void a_master_leaves_when_the_cluster_uses_another_ensemble() {
        UUID ours = ensemble.pairing().orElseThrow().ensemble();

        database.recordEnsemble(Optional.of(ours), UUID.randomUUID(), "another agent");
        step.take();
        assertThat(masterState.current().phase()).as("before the next look").isEqualTo(MasterState.Phase.ACTIVE);
        nanos.addAndGet(Duration.ofSeconds(30).toNanos());
        step.take();

        assertThat(masterState.current().phase()).isEqualTo(MasterState.Phase.FENCED);
        assertThat(masterState.current().reason()).contains("the cluster uses another one");
    }

    @Test
    void an_operators_hint_is_followed_at_once() {
        UUID ours = ensemble.pairing().orElseThrow().ensemble();
        database.recordEnsemble(Optional.of(ours), UUID.randomUUID(), "another agent");

        step.lookSoon();
        step.take();

        assertThat(masterState.current().phase()).isEqualTo(MasterState.Phase.FENCED);
    }

    @Test
    void while_ZooKeeper_is_away_the_master_stays_and_the_look_is_made_later() {
        database.recordEnsemble(ensemble.pairing().map(Pairing::ensemble), UUID.randomUUID(), "another agent");
        zooKeeper.cutOff(ensemble);
        step.lookSoon();
        step.take();
        assertThat(masterState.current().phase()).isEqualTo(MasterState.Phase.ACTIVE);

        zooKeeper.reconnect(ensemble);
        step.take();

        assertThat(masterState.current().phase()).isEqualTo(MasterState.Phase.FENCED);
    }
}
