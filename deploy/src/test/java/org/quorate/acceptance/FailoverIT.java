package org.quorate.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Measures how long a failover takes, by the database's clock alone: from a reading just before the signal to the last
 * row of the history that released a claim.
 *
 * <p>No test may depend on speed, so each scenario runs up to three times and only the best run must be within the
 * bound. A busy machine may delay one run; a protocol that waits for one timeout too many delays them all.
 */
class FailoverIT {
    private static final int SLOTS = 4;
    private static final Buildmaster WORK = Buildmaster.of(SLOTS, Map.of("endless", "sleep 86398"))
            .with(Map.of(
                    "a", "kind: periodic, every: 24h, builders: [endless]",
                    "b", "kind: periodic, every: 24h, builders: [endless]"));
    private static final int RUNS = 3;

    private Site site;

    @BeforeEach
    void open() {
        site = Site.open();
        site.startAll(WORK, "m1", "m2");
        site.submit("endless", 4 * SLOTS);
    }

    @AfterEach
    void close() {
        site.close();
    }

    @Test
    void the_claims_of_a_crashed_buildmaster_are_free_within_a_second_while_its_agent_lives() {
        double best = best(Duration.ofSeconds(1), () -> secondsUntilReleased("m1", site.of("m1")::killBuildmaster));

        assertThat(best).as("seconds").isLessThan(1);
        assertThat(site.query("select count(*) from quorate.history where kind = 'fence'"))
                .as("no failover waited for the end of a session")
                .isEqualTo("0");
    }

    /** Kills the leader's machine, which takes longest: another agent must first become the leader. */
    @Test
    void the_claims_of_a_killed_machine_are_free_within_its_session_timeout_and_two_seconds() {
        Duration bound = site.sessionTimeout().plusSeconds(2);

        double best = best(bound, () -> {
            String leader = site.query("select name from quorate_v1.masters where leads");
            double seconds = secondsUntilReleased(leader, site.of(leader)::killAll);
            site.of(leader).start();
            return seconds;
        });

        assertThat(site.of("m1").logText() + site.of("m2").logText())
                .as("the ensemble granted the session timeout that was configured")
                .doesNotContain("that ZooKeeper granted");
        assertThat(best).as("seconds").isLessThan(bound.toSeconds());
    }

    private static double best(Duration bound, DoubleSupplier scenario) {
        double best = Double.MAX_VALUE;
        for (int run = 0; run < RUNS && best >= bound.toSeconds(); run++) {
            best = Math.min(best, scenario.getAsDouble());
        }
        return best;
    }

    private double secondsUntilReleased(String master, Runnable signal) {
        site.awaitTrue("select count(*) = 1 from quorate_v1.masters where leads");
        site.awaitTrue("select count(*) = " + SLOTS + " from quorate.claim c join quorate.master m using (masterid)"
                + " where m.name = '" + master + "' and c.epoch = m.epoch");
        String before = site.clock();

        signal.run();

        String released = " from quorate.history h join quorate.master m using (masterid) where m.name = '" + master
                + "' and h.kind = 'release' and h.at >= timestamptz '" + before + "'";
        site.awaitTrue("select count(*) = " + SLOTS + released);
        return Double.parseDouble(
                site.query("select extract(epoch from max(h.at) - timestamptz '" + before + "')" + released));
    }
}
