package org.quorate.cli.doctor;

import static org.quorate.cli.doctor.Finding.Result.WARN;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.quorate.cli.connection.Session;
import org.quorate.cli.output.Row;
import org.quorate.cli.output.Text;

/** Checks whether the sessions of others stand in Quorate's way, and whether a failover could end what is left over. */
final class DoctorOfLocks {
    private final Session session;

    DoctorOfLocks(Session session) {
        this.session = session;
    }

    List<Finding> examine() {
        return List.of(locks(), rights());
    }

    private Finding locks() {
        List<Row> rows = session.rows("cli/doctor_locks", Map.of());
        if (rows.isEmpty()) {
            return Finding.ok("locks of others", "none that lasts");
        }
        return new Finding(
                "locks of others",
                WARN,
                rows.stream().limit(3).map(DoctorOfLocks::sentence).collect(Collectors.joining("; "))
                        + (rows.size() > 3 ? "; and " + (rows.size() - 3) + " more" : ""),
                "what is locked is neither claimed, completed nor released until that transaction ends; the rest goes"
                        + " on. If nobody needs it: select pg_terminate_backend("
                        + rows.get(0).text("pid") + ")");
    }

    private static String sentence(Row row) {
        long waiting = row.number("waiting");
        return row.text("program") + " (pid " + row.text("pid") + ", user " + row.text("user") + ") has locked "
                + (row.is("whole") ? "the whole of " : "rows of ") + row.text("tables")
                + (row.has("seconds") ? " for " + Text.span(Duration.ofSeconds(row.number("seconds"))) : "")
                + (row.has("state") ? ", " + row.text("state") : "")
                + (row.has("statement")
                        ? ", last statement " + row.text("statement").toUpperCase(Locale.ROOT)
                        : ", its statement is hidden from this role, which is no member of pg_read_all_stats")
                + (waiting == 0 ? "" : ", " + waiting + (waiting == 1 ? " session waits" : " sessions wait"));
    }

    private Finding rights() {
        List<Row> rows = session.rows("cli/doctor_rights", Map.of());
        String whose = rows.stream().map(row -> row.text("user")).distinct().collect(Collectors.joining(", "));
        return Finding.of(
                rows.isEmpty(),
                WARN,
                "right to end sessions",
                rows.isEmpty() ? "given" : rows.get(0).text("ender") + " may not end sessions of " + whose,
                "a failover waits for a session that a dead buildmaster left behind: grant " + whose + " to "
                        + (rows.isEmpty() ? "" : rows.get(0).text("ender")) + ", or grant pg_signal_backend to it");
    }
}
