package org.quorate.agent.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.quorate.master.Authority;
import org.quorate.master.MasterRow;
import org.quorate.master.MasterRows;
import org.quorate.time.ClockOffset;

class SelfReportTest {
    private static final Authority M1 = new Authority(1, 7, UUID.randomUUID());

    private final List<Duration> written = new ArrayList<>();
    private Instant database = Instant.parse("2026-11-24T12:00:00Z");
    private Duration machineIsAhead = Duration.ZERO;
    private Duration answerTakes = Duration.ofMillis(2);
    private long nanos;

    private final SelfReport report =
            new SelfReport(new Rows(), Optional::empty, () -> database.plus(machineIsAhead), () -> nanos);

    /** A database that answers half of the time after it was asked. */
    private final class Rows implements MasterRows {
        @Override
        public List<MasterRow> list() {
            return List.of();
        }

        @Override
        public Orders orders(Authority authority) {
            Duration half = answerTakes.dividedBy(2);
            database = database.plus(half);
            Orders orders = new Orders(false, database);
            database = database.plus(half);
            nanos += answerTakes.toNanos();
            return orders;
        }

        @Override
        public void publishTrouble(Authority authority, Optional<String> trouble) {}

        @Override
        public void publishClock(Authority authority, ClockOffset clock) {
            written.add(clock.ahead());
        }
    }

    private void look(Authority authority) {
        report.orders(authority);
        report.publish(authority);
    }

    @Test
    void the_clock_of_a_machine_is_measured_by_the_question_for_orders_and_written_when_it_changed() {
        machineIsAhead = Duration.ofMinutes(3);
        look(M1);
        look(M1);
        machineIsAhead = Duration.ofMinutes(3).plusMillis(90);
        look(M1);
        assertThat(written).as("once").containsExactly(Duration.ofMinutes(3));

        machineIsAhead = Duration.ZERO;
        look(M1);

        assertThat(written).containsExactly(Duration.ofMinutes(3), Duration.ZERO);
        assertThat(report.clock()).contains(new ClockOffset(Duration.ZERO, Duration.ofMillis(1)));
    }

    @Test
    void a_new_epoch_has_the_offset_in_its_row_too() {
        look(M1);
        look(new Authority(1, 8, UUID.randomUUID()));

        assertThat(written).containsExactly(Duration.ZERO, Duration.ZERO);
    }

    @Test
    void an_answer_that_took_long_says_nothing_about_the_clock() {
        answerTakes = Duration.ofSeconds(2);
        machineIsAhead = Duration.ofMinutes(3);
        look(M1);

        assertThat(written).isEmpty();
        assertThat(report.clock()).isEmpty();
    }
}
