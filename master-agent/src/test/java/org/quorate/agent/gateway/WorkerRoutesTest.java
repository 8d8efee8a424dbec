package org.quorate.agent.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.quorate.master.MasterRow;
import org.quorate.master.Member;
import org.quorate.testing.memory.InMemoryZooKeeper;

class WorkerRoutesTest {
    private final InMemoryZooKeeper zooKeeper = new InMemoryZooKeeper();
    private final List<MasterRow> rows = new ArrayList<>();
    private final WorkerRoutes routes = new WorkerRoutes(zooKeeper.connect()::members, () -> rows);

    @Test
    void workers_go_where_a_member_takes_them() {
        join("m1", OptionalInt.of(9989));
        join("m2", OptionalInt.empty());

        assertThat(routes.get()).containsExactly(new Destination("m1", "host", 9989, 4, false));
    }

    @Test
    void a_drained_master_keeps_its_workers_and_gets_no_more() {
        join("m1", OptionalInt.of(9989));
        rows.add(row("m1", MasterRow.State.ACTIVE, true));

        assertThat(routes.get()).containsExactly(new Destination("m1", "host", 9989, 4, true));
    }

    @Test
    void a_master_whose_agent_restarts_keeps_its_workers_until_its_epoch_is_over() {
        var m1 = join("m1", OptionalInt.of(9989));
        rows.add(row("m1", MasterRow.State.ACTIVE, false));
        routes.get();
        zooKeeper.expire(m1);

        assertThat(routes.get()).containsExactly(new Destination("m1", "host", 9989, 4, true));
        rows.set(0, row("m1", MasterRow.State.DEAD, false));
        assertThat(routes.get()).isEmpty();
    }

    private org.quorate.testing.memory.InMemoryEnsemble join(String name, OptionalInt port) {
        var ensemble = zooKeeper.connect();
        ensemble.join(new Member(name, new UUID(0, 1), 7, "host", 4, List.of(), "0", port), Optional.empty());
        return ensemble;
    }

    private static MasterRow row(String name, MasterRow.State state, boolean draining) {
        return new MasterRow(1, name, 7, new UUID(0, 1), state, draining);
    }
}
