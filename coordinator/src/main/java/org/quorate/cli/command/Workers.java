package org.quorate.cli.command;

import java.util.Map;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.ReadCommand;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Printer;
import org.quorate.cli.output.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "workers",
        aliases = "w",
        description = {
            "List Buildbot's workers, with the masters that each is connected to and what it builds.",
            "",
            "A worker with - under MASTERS is not connected to any alive master."
        })
public final class Workers extends ReadCommand {
    private static final Table TABLE = Table.of(
            "WORKER:name",
            "MASTERS:masters",
            "PAUSED:paused",
            "RUNNING:running:number",
            "BUILDERS:builders",
            "GRACEFUL:graceful:wide",
            "ID:workerid:number:wide");

    @Option(names = "--all", description = "Also show those that no master is connected to or has configured.")
    private boolean all;

    public Workers(Console console) {
        super(console);
    }

    @Override
    protected int look(Session session, Printer printer) {
        printer.list("WorkerList", TABLE, session.rows("cli/workers", Map.of("all", all)), session.now());
        return Exit.OK;
    }
}
