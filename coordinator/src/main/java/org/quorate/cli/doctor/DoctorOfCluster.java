package org.quorate.cli.doctor;

import static org.quorate.cli.doctor.Finding.Result.FAIL;
import static org.quorate.cli.doctor.Finding.Result.WARN;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.quorate.cli.connection.Parameters;
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
        boolean active =
                masters.stream().anyMatch(row -> List.of("active", "draining").contains(row.text("state")));
        findings.add(Finding.of(
                active,
                WARN,
                "masters",
                active ? masters.size() + " known" : "no master is active",
                "start quorate-agent beside a buildmaster"));
        findings.add(Finding.of(
                !active || cluster.has("leader"),
                WARN,
                "housekeeper",
                cluster.has("leader") ? cluster.text("leader") : "none",
                "without a housekeeper no dead master is failed over: look at the agents' logs and at"
                        + " ZooKeeper below"));
        findings.add(stock(masters));
        findings.add(troubles(masters));
        findings.add(orphans(active));
        findings.add(deadClaims());
        findings.add(setAside());
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

    private static Finding troubles(List<Row> masters) {
        String troubles = masters.stream()
                .filter(row -> row.has("trouble"))
                .map(row -> row.text("name") + ": " + row.text("trouble"))
                .collect(Collectors.joining("; "));
        return Finding.of(
                troubles.isEmpty(),
                FAIL,
                "buildmasters",
                troubles.isEmpty() ? "none fails to start" : troubles,
                "read the named log, mend the cause (buildbot checkconfig shows mistakes of master.cfg), then run"
                        + " quorate restart MASTER: it does not wait for the agent's next try");
    }

    private Finding orphans(boolean active) {
        List<Row> orphans = session.rows("cli/schedulers", Parameters.of("owner", null, "orphaned", true));
        String names = orphans.stream().map(row -> row.text("name")).limit(5).collect(Collectors.joining(", "));
        return Finding.of(
                orphans.isEmpty(),
                active ? FAIL : WARN,
                "schedulers",
                orphans.isEmpty() ? "each enabled scheduler has an owner" : orphans.size() + " without owner: " + names,
                "start a master that configures them, or disable each: quorate disable SCHEDULER");
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

    private Finding setAside() {
        List<Row> rows = session.rows("cli/doctor_set_aside", Map.of());
        return Finding.of(
                rows.isEmpty(),
                WARN,
                "set aside",
                first(
                        rows,
                        "no buildrequest",
                        row -> row.text("request") + " of " + row.text("builder") + ": " + row.text("reason")),
                "the database fails for these buildrequests; they are tried again after a while. Mend the cause, or end"
                        + " each: quorate cancel REQUEST");
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
