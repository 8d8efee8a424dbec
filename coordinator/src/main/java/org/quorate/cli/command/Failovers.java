package org.quorate.cli.command;

import java.time.Duration;
import java.util.List;
import org.quorate.cli.connection.Parameters;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.Limits;
import org.quorate.cli.frame.ReadCommand;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.DurationConverter;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Printer;
import org.quorate.cli.output.Row;
import org.quorate.cli.output.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "failovers",
        description = {
            "List the failovers, with the times that each took.",
            "",
            "DETECT is the time from the last sign of life to the fence, RELEASE from there to the release of the"
                    + " claims, RECLAIM from there to the first new claim. BY is the leading master that fenced, or an"
                    + " operator."
        })
public final class Failovers extends ReadCommand {
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

    @Option(
            names = "--since",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "The failovers of the last TIME (7d).")
    private Duration since = Duration.ofDays(7);

    @Option(names = "--limit", paramLabel = "N", description = "Show at most N, the newest (50).")
    private int limit = 50;

    public Failovers(Console console) {
        super(console);
    }

    @Override
    protected int look(Session session, Printer printer) {
        Limits.require("--limit", limit, 1, 100_000);
        List<Row> rows = session.rows(
                "cli/failovers", Parameters.of("since_seconds", (double) since.toSeconds(), "limit", limit));
        printer.list("FailoverList", TABLE, rows, session.now());
        return Exit.OK;
    }
}
