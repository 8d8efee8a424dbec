package org.quorate.cli.command;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.connection.Parameters;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.Names;
import org.quorate.cli.frame.ReadCommand;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Printer;
import org.quorate.cli.output.Row;
import org.quorate.cli.output.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "schedulers",
        aliases = "s",
        description = {
            "List the schedulers and change sources, with the owner of each and its last tick.",
            "",
            "TERM is the number of the period of ownership; it grows with each new owner. PREFERRED is the master that"
                    + " quorate move named."
        })
public final class Schedulers extends ReadCommand {
    private static final Table TABLE = Table.of(
            "SCHEDULER:name",
            "OWNER:owner",
            "TERM:term:number",
            "SINCE:changed_at:age",
            "ENABLED:enabled",
            "PREFERRED:preferred",
            "LAST-TICK:last_tick_at:age",
            "OCCASION:last_tick:wide",
            "BUILDSET:last_buildsetid:number:wide");

    @Option(names = "--owner", paramLabel = "MASTER", description = "Only those that this master owns.")
    private @Nullable String owner;

    @Option(names = "--orphaned", description = "Only enabled ones that no master owns.")
    private boolean orphaned;

    public Schedulers(Console console) {
        super(console);
    }

    @Override
    protected int look(Session session, Printer printer) {
        if (owner != null) {
            Names.of(session).require("master", owner);
        }
        List<Row> rows = session.rows("cli/schedulers", Parameters.of("owner", owner, "orphaned", orphaned));
        printer.list("SchedulerList", TABLE, rows, session.now());
        return Exit.OK;
    }
}
