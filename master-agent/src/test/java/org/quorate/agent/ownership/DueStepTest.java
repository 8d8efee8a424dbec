package org.quorate.agent.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.quorate.master.DatabaseUnreachable;

class DueStepTest {
    @Test
    void each_step_looks_once_for_due_schedulers_and_an_outage_becomes_its_sentence() {
        AtomicInteger asked = new AtomicInteger();
        DueStep step = new DueStep(() -> {
            if (asked.incrementAndGet() == 2) {
                throw new DatabaseUnreachable("no route", new IOException("test"));
            }
        });

        assertThat(step.take().sentence()).isEmpty();
        assertThat(step.take().sentence()).isEqualTo("dependent schedulers are notified later: no route");
        assertThat(step.take().sentence()).isEmpty();
        assertThat(asked).hasValue(3);
    }
}
