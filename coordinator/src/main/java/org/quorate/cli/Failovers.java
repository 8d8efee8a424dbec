package org.quorate.cli;

import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "failovers",
        description =
                "The receipts of fail-overs: when a master was fenced, its claims released, and the first claimed again.")
final class Failovers extends Ask {
    private static final Table TABLE = Table.of(
            "WHEN:fenced_at:time",
            "MASTER:master",
            "EPOCH:epoch:number",
            "BY:actor",
            "DETECT:detect_ms:millis",
            "RELEASE:release_ms:millis",
            "RECLAIM:reclaim_ms:millis",
            "CLAIMS:claims:number",
            "RECLAIMED:reclaimed:number",
            "WHY:why",
            "LAST-SIGN:last_sign_at:time:wide",
            "RELEASED:released_at:time:wide",
            "FIRST-RECLAIM:reclaimed_at:time:wide",
            "LEADER-EPOCH:leader_epoch:number:wide");

    @Option(names = "--since", paramLabel = "TIME", converter = Spans.class, description = "How far back (7d).")
    private Duration since = Duration.ofDays(7);

    @Option(names = "--limit", paramLabel = "N", description = "At most so many (50).")
    private int limit = 50;

    Failovers(Console console) {
        super(console);
    }

    @Override
    int look(Session session, Printer printer) {
        Limits.require("--limit", limit, 1, 100_000);
        List<Row> rows = session.rows(
                "cli/failovers", Parameters.of("since_seconds", (double) since.toSeconds(), "limit", limit));
        printer.list("FailoverList", TABLE, rows, session.now());
        return Exit.OK;
    }
}
