package org.quorate.cli.doctor;

import static org.quorate.cli.doctor.Finding.Result.FAIL;
import static org.quorate.cli.doctor.Finding.Result.NOTE;
import static org.quorate.cli.doctor.Finding.Result.WARN;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.quorate.cli.connection.Session;
import org.quorate.cli.output.Row;
import org.quorate.cli.output.Text;
import org.quorate.postgres.SessionFacts;

/** Checks whether PostgreSQL keeps what it acknowledges, and whether something slows it down. */
final class DoctorOfServer {
    private static final int OLDEST_VERSION = 120_000;
    private static final int NOTIFY_QUEUE_PERCENT = 50;

    private final Session session;

    DoctorOfServer(Session session) {
        this.session = session;
    }

    List<Finding> examine() {
        Row server = session.row("cli/doctor_server", Map.of());
        List<Finding> findings = new ArrayList<>();
        findings.add(Finding.ok("PostgreSQL", session.target().place() + ", version " + server.text("version")));
        findings.add(Finding.of(
                server.number("version_number") >= OLDEST_VERSION,
                FAIL,
                "version",
                server.text("version"),
                "Quorate needs PostgreSQL 12 or later"));
        findings.add(Finding.of(
                !server.is("standby"),
                FAIL,
                "primary",
                server.is("standby") ? "this server is a standby" : "yes",
                "name the primary in --database, or name several hosts with ?targetServerType=primary"));
        findings.add(Finding.of(
                server.text("fsync").equals("on")
                        && server.text("full_page_writes").equals("on"),
                FAIL,
                "durability",
                "fsync " + server.text("fsync") + ", full_page_writes " + server.text("full_page_writes"),
                "set fsync = on and full_page_writes = on: without them a crash may lose or damage what was"
                        + " committed"));
        findings.add(Finding.of(
                !server.text("synchronous_commit").equals("off"),
                WARN,
                "synchronous commit",
                server.text("synchronous_commit"),
                "set synchronous_commit = on: with off, a crash loses claims that were acknowledged"));
        findings.add(pooler());
        findings.add(Finding.of(
                server.number("notify_percent") < NOTIFY_QUEUE_PERCENT,
                WARN,
                "notify queue",
                server.text("notify_percent") + "% used",
                "a listening session has a transaction open: find it under long transactions and end it"));
        findings.add(longTransactions());
        return findings;
    }

    /** A pooler in another mode than session mode gives no session to look with. */
    private Finding pooler() {
        SessionFacts facts = session.facts();
        return Finding.of(
                !facts.pooled(),
                NOTE,
                "pooler",
                facts.pooled() ? facts.host() + " is a pooler in session mode" : "none, connected to PostgreSQL itself",
                "its max_client_conn and pool_size must be enough for 4 sessions of each agent and 10 of each Buildbot"
                        + " master; a session that waits for a place in the pool waits for as long as the others work");
    }

    private Finding longTransactions() {
        List<Row> rows = session.rows("cli/doctor_long", Map.of());
        if (rows.isEmpty()) {
            return Finding.ok("long transactions", "none over a minute");
        }
        Row oldest = rows.get(0);
        return new Finding(
                "long transactions",
                oldest.number("seconds") > 600 ? WARN : NOTE,
                rows.size() + ", the oldest by " + oldest.text("program") + " (pid " + oldest.text("pid") + ") for "
                        + Text.span(java.time.Duration.ofSeconds(oldest.number("seconds"))),
                "while it is open, vacuum cannot remove dead rows of the queue; if it is stuck: select"
                        + " pg_terminate_backend("
                        + oldest.text("pid") + ")");
    }
}
