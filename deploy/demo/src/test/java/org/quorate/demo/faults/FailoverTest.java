package org.quorate.demo.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.quorate.demo.cluster.Ledger;
import org.quorate.testing.PostgresFixture;

class FailoverTest {
    private static final OffsetDateTime SIGNAL = OffsetDateTime.parse("2026-11-24T10:00:00Z");

    @RegisterExtension
    static final PostgresFixture POSTGRES = PostgresFixture.perTest();

    @Test
    void the_time_of_a_failover_runs_from_the_signal_to_the_first_claim_by_another_master() throws Exception {
        plant(
                claim(-3, 1, 11),
                claim(-2, 1, 12),
                own(-9, 1, 5, 1),
                release(4.5, 1, 11),
                release(4.5, 1, 12),
                own(4.9, 2, 5, 2),
                claim(4.7, 2, 12),
                claim(6.25, 3, 11));

        Failover failover = failover();

        assertThat(failover.isOver()).isTrue();
        assertThat(failover.first().orElseThrow()).isCloseTo(4.7, within(0.001));
        assertThat(failover.last().orElseThrow()).isCloseTo(6.25, within(0.001));
        assertThat(failover.sentence())
                .isEqualTo("m1 killed: 2 buildrequests and 1 scheduler moved in 6.3 s; free for others "
                        + "after 4.5 s, the first claimed after 4.7 s");
    }

    @Test
    void a_failover_is_not_over_while_a_buildrequest_or_a_scheduler_waits() throws Exception {
        plant(claim(-3, 1, 11), own(-9, 1, 5, 1), release(4.5, 1, 11), claim(4.7, 2, 11));

        assertThat(failover().isOver()).isFalse();
        assertThat(failover().moved()).isZero();
    }

    @Test
    void claims_released_before_the_signal_do_not_count_nor_does_the_time_of_those_that_the_master_reclaims_itself()
            throws Exception {
        plant(
                claim(-9, 1, 11),
                release(-8, 1, 11),
                claim(-7, 2, 11),
                claim(-3, 1, 12),
                release(4.5, 1, 12),
                claim(5, 1, 12));

        Failover failover = failover();

        assertThat(failover.released()).isEqualTo(1);
        assertThat(failover.reclaimed()).as("by itself, in its next epoch").isEqualTo(1);
        assertThat(failover.first()).as("by another").isEmpty();
    }

    @Test
    void a_scheduler_that_moved_before_the_signal_is_not_the_victims() throws Exception {
        plant(own(-9, 1, 5, 1), own(-4, 2, 5, 2), claim(-3, 1, 11), release(4.5, 1, 11), claim(4.7, 2, 11));

        assertThat(failover().owned()).isZero();
        assertThat(failover().isOver()).isTrue();
    }

    private static Failover failover() {
        try (Ledger ledger = Ledger.open(POSTGRES.dataSource())) {
            return Failover.of(ledger, "m1", "killed", SIGNAL);
        }
    }

    private static String claim(double seconds, int master, int brid) {
        return row("claim", seconds, master, brid, "null", "null", "null");
    }

    private static String release(double seconds, int master, int brid) {
        return row("release", seconds, master, brid, "null", "null", "1");
    }

    private static String own(double seconds, int master, int scheduler, int term) {
        return row("own", seconds, master, "null", scheduler, term, "null");
    }

    private static String row(
            String kind, double seconds, int master, Object brid, Object scheduler, Object term, String leaderEpoch) {
        return "insert into quorate.history (at, kind, masterid, brid, schedulerid, term, leader_epoch, actor) values"
                + " (timestamptz '" + SIGNAL + "' + interval '" + seconds + " s', '" + kind + "', " + master + ", "
                + brid
                + ", " + scheduler + ", " + term + ", " + leaderEpoch + ", 'test')";
    }

    private static void plant(String... rows) throws SQLException {
        try (Connection connection = POSTGRES.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            for (int id = 1; id <= 3; id++) {
                statement.execute("insert into masters (id, name, name_hash, active, last_active) values (" + id
                        + ", 'm" + id + "', 'hash" + id + "', 1, 0)");
            }
            for (String row : rows) {
                statement.execute(row);
            }
        }
    }
}
