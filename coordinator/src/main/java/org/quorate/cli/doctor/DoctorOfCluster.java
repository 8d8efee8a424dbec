package org.quorate.cli.doctor;

import static org.quorate.cli.doctor.Finding.Result.FAIL;
import static org.quorate.cli.doctor.Finding.Result.WARN;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.quorate.cli.connection.Session;
import org.quorate.cli.output.Row;

/** Checks the cluster in the database. */
final class DoctorOfCluster {
    private static final int DAYS_AHEAD = 2;

    private final Session session;

    DoctorOfCluster(Session session) {
        this.session = session;
    }

    List<Finding> examine() {
        Row cluster = session.row("cli/cluster", Map.of());
        List<Row> masters = session.rows("cli/masters", Map.of());
        List<Finding> findings = new ArrayList<>();
        findings.add(Finding.ok(
                "schema", "version " + cluster.text("schema_version") + " of cluster " + cluster.text("name")));
        findings.add(stock(masters));
        findings.add(DoctorOfClocks.examine(masters));
        findings.add(deadClaims());
        findings.add(lostBuilders());
        findings.add(indexes());
        findings.add(sequences());
        findings.add(historyDays());
        return findings;
    }

    private static Finding stock(List<Row> masters) {
        String names = masters.stream()
                .filter(row -> row.text("state").equals("stock"))
                .map(row -> row.text("name"))
                .collect(Collectors.joining(", "));
        return Finding.of(
                names.isEmpty(),
                WARN,
                "agents",
                names.isEmpty() ? "every master has one" : "there is none beside " + names,
                "a master without an agent is neither fenced nor failed over: start quorate-agent beside it");
    }

    private Finding deadClaims() {
        List<Row> claims = session.rows("cli/doctor_dead_claims", Map.of());
        return Finding.of(
                claims.isEmpty(),
                FAIL,
                "claims of dead owners",
                first(claims, "none", claim -> claim.text("brid") + " of " + claim.text("master")),
                "the housekeeper releases the claims of masters with an agent within seconds, once there is one; for"
                        + " dead stock masters run quorate rescue");
    }

    private Finding lostBuilders() {
        List<Row> claims = session.rows("cli/doctor_lost_builders", Map.of());
        return Finding.of(
                claims.isEmpty(),
                WARN,
                "claims of removed builders",
                first(
                        claims,
                        "none",
                        claim -> claim.text("brid") + " of builder " + claim.text("builder") + ", held by "
                                + claim.text("master")),
                "a reconfiguration removed the builder while it built, and Buildbot never ends such a build: run"
                        + " quorate cancel BUILDREQUEST");
    }

    /** Returns how many rows there are, and describes the first. */
    private static String first(List<Row> rows, String none, Function<Row, String> described) {
        return rows.isEmpty() ? none : rows.size() + ", first " + described.apply(rows.get(0));
    }

    private Finding indexes() {
        String missing = session.rows("cli/doctor_indexes", Map.of()).stream()
                .filter(row -> !row.is("usable"))
                .map(row -> row.text("name"))
                .collect(Collectors.joining(", "));
        return Finding.of(
                missing.isEmpty(),
                WARN,
                "indexes",
                missing.isEmpty() ? "all there" : "missing or broken: " + missing,
                "run quorate schema adopt again (without Buildbot: create --standalone); without the indexes every"
                        + " claim reads the whole queue, and every failover reads all builds");
    }

    private Finding sequences() {
        List<Row> rows = session.rows("cli/doctor_sequences", Map.of());
        return Finding.of(
                rows.isEmpty(),
                FAIL,
                "sequences",
                rows.isEmpty()
                        ? "none is behind its table"
                        : rows.stream()
                                .map(row -> row.text("sequence") + " is at " + row.text("value") + " and its table at "
                                        + row.text("highest"))
                                .collect(Collectors.joining("; ")),
                rows.stream().map(row -> row.text("mend")).collect(Collectors.joining("; ")));
    }

    private Finding historyDays() {
        long days = session.row("cli/doctor_history", Map.of()).number("days_ahead");
        return Finding.of(
                days >= DAYS_AHEAD,
                WARN,
                "history",
                days + " days prepared",
                "the housekeeper prepares the days ahead; to do it by hand: select quorate.prepare_history(14)");
    }
}
