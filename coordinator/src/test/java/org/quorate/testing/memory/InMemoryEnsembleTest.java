package org.quorate.testing.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.quorate.master.Ensemble;
import org.quorate.master.ZooKeeperUnreachable;
import org.quorate.testing.EnsembleContract;

class InMemoryEnsembleTest extends EnsembleContract {
    private final InMemoryZooKeeper world = new InMemoryZooKeeper();

    @Override
    protected InMemoryEnsemble connect() {
        return world.connect();
    }

    @Override
    protected void expire(Ensemble ensemble, String master) {
        world.expire((InMemoryEnsemble) ensemble);
    }

    @Test
    void an_agent_that_is_cut_off_keeps_its_nodes_until_its_session_expires() {
        InMemoryEnsemble agent = connect();
        InMemoryEnsemble other = connect();
        agent.join(member("m1"), Optional.empty());
        agent.contend("nightly", "m1");
        agent.stand("m1");
        AtomicInteger wakes = new AtomicInteger();
        agent.onChange(wakes::incrementAndGet);

        world.cutOff(agent);

        assertThat(wakes).hasPositiveValue();
        assertThat(agent.seemsLeader()).isFalse();
        assertThat(agent.owners()).isEqualTo(Map.of("nightly", "m1"));
        assertThatThrownBy(agent::heartbeat).isInstanceOf(ZooKeeperUnreachable.class);
        assertThat(other.members()).containsKey("m1");
        world.expire(agent);
        assertThat(other.members()).isEmpty();
        world.reconnect(agent);
        assertThat(agent.heartbeat()).isFalse();
        assertThat(agent.owners()).isEmpty();
    }

    @Test
    void a_stopped_ensemble_answers_nobody_and_keeps_its_data() {
        InMemoryEnsemble agent = connect();
        agent.join(member("m1"), Optional.empty());

        world.stop();
        assertThatThrownBy(agent::members).isInstanceOf(ZooKeeperUnreachable.class);
        world.start();

        assertThat(agent.heartbeat()).isTrue();
    }
}
