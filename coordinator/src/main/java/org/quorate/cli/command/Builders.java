package org.quorate.cli.command;

import java.util.Map;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.ReadCommand;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Printer;
import org.quorate.cli.output.Table;
import picocli.CommandLine.Command;

@Command(
        name = "builders",
        aliases = "b",
        description = "List the builders, with their queues and the alive masters that offer each.")
public final class Builders extends ReadCommand {
    private static final Table TABLE = Table.of(
            "BUILDER:name",
            "PENDING:pending:number",
            "RUNNING:running:number",
            "OLDEST:oldest_pending_at:age",
            "MASTERS:masters",
            "ID:builderid:number:wide");

    public Builders(Console console) {
        super(console);
    }

    @Override
    protected int look(Session session, Printer printer) {
        printer.list("BuilderList", TABLE, session.rows("cli/builders", Map.of()), session.now());
        return Exit.OK;
    }
}
