package org.quorate.agent.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.quorate.agent.loop.Step;
import org.quorate.master.ZooKeeperUnreachable;

class GatewayStepTest {
    private static final Duration POLL = Duration.ofSeconds(10);

    private final List<List<Destination>> given = new ArrayList<>();

    @Test
    void the_gateway_gets_the_list_of_masters_and_the_sentence_names_them() {
        List<Destination> destinations =
                List.of(new Destination("m2", "b", 9989, 4, true), new Destination("m1", "a", 9989, 4, false));

        Step.Taken taken = new GatewayStep(() -> destinations, given::add, POLL).take();

        assertThat(given).containsExactly(destinations);
        assertThat(taken).isEqualTo(new Step.Taken("workers go to m1, m2 (draining: no new ones)", POLL));
        assertThat(new GatewayStep(List::of, given::add, POLL).take().sentence())
                .isEqualTo("no master takes workers");
    }

    @Test
    void while_the_list_of_masters_cannot_be_read_the_gateway_keeps_the_last_one() {
        GatewayStep step = new GatewayStep(
                () -> {
                    throw new ZooKeeperUnreachable("no quorum", new IllegalStateException());
                },
                given::add,
                POLL);

        assertThatThrownBy(step::take).isInstanceOf(ZooKeeperUnreachable.class);
        assertThat(given).isEmpty();
    }
}
