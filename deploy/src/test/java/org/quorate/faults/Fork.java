package org.quorate.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A database that forks. The primary crashes, its standby is promoted although it lags, and the former primary comes
 * back beside it as a primary. Each agent's URL names both. When all agents have followed the promotion, nothing may be
 * written on the former primary, even while the new one ends their sessions or is away. One fork at a time.
 */
final class Fork {
    private static final int PATIENCE_SECONDS = 120;
    private static final Duration BESIDE = Duration.ofSeconds(4);
    private static final String FOLLOWED = "select count(distinct application_name) = ? from pg_stat_activity"
            + " where application_name like 'quorate-agent:%' and query ilike 'listen%'";
    private static final String WRITTEN =
            "select seq, at, kind, brid, masterid, epoch, attempt, why from quorate.history"
                    + " where at >= pg_postmaster_start_time() order by seq";

    private final Cluster cluster;
    private final List<String> violations = new CopyOnWriteArrayList<>();

    Fork(Cluster cluster) {
        this.cluster = cluster;
    }

    void begin(Fault fault) {
        try {
            cluster.postgres().crashBeforeStandby(Duration.ofMillis(100 + fault.choice()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void end(Fault fault) {
        try {
            Postgres postgres = cluster.postgres();
            postgres.promote();
            if (!Pause.until(this::isFollowed, PATIENCE_SECONDS)) {
                violations.add("not all agents followed the promotion within two minutes");
            }
            Ledger former = postgres.reviveFormer();
            disturb(fault);
            Pause.millis(BESIDE.toMillis());
            note(former.rows(WRITTEN));
            cluster.replaceFormer();
        } catch (IOException | SQLException e) {
            violations.add("the fork could not be ended: " + e);
        }
    }

    private boolean isFollowed() {
        return cluster.postgres()
                .ledger(Duration.ofSeconds(PATIENCE_SECONDS))
                .value(FOLLOWED, Fault.MASTERS)
                .equals("t");
    }

    /** Makes the agents open new sessions: the new primary ends theirs, or is away for as long as the fault says. */
    private void disturb(Fault fault) throws SQLException {
        Postgres postgres = cluster.postgres();
        if (fault.choice() % 2 == 0) {
            postgres.ledger(Duration.ZERO).once(Postgres.END_SESSIONS);
        } else {
            postgres.primary().kill();
            Pause.millis(Math.max(1000, fault.lastsMillis()));
            postgres.primary().restart();
        }
    }

    private void note(List<Map<String, String>> written) {
        written.forEach(row -> violations.add("written on the former primary: " + row));
    }

    List<String> violations() {
        return new ArrayList<>(violations);
    }
}
