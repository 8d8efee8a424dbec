package org.quorate.cli;

import java.util.Map;
import picocli.CommandLine.Command;

@Command(
        name = "builders",
        aliases = "b",
        description = "The builders: their queues, and the living masters that offer each.")
final class Builders extends Ask {
    private static final Table TABLE = Table.of(
            "BUILDER:name",
            "PENDING:pending:number",
            "RUNNING:running:number",
            "OLDEST:oldest_pending_at:age",
            "MASTERS:masters",
            "ID:builderid:number:wide");

    Builders(Console console) {
        super(console);
    }

    @Override
    int look(Session session, Printer printer) {
        printer.list("BuilderList", TABLE, session.rows("cli/builders", Map.of()), session.now());
        return Exit.OK;
    }
}
