package org.quorate.cli.hold;

import java.util.Map;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.ReadCommand;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Printer;
import org.quorate.cli.output.Table;
import picocli.CommandLine.Command;

@Command(name = "holds", description = "List the holds: who lets what wait, since when, until when, and why.")
public final class Holds extends ReadCommand {
    private static final Table TABLE =
            Table.of("KIND:kind", "NAME:name", "BY:actor", "SINCE:since:age", "UNTIL:until:time", "WHY:why");

    public Holds(Console console) {
        super(console);
    }

    @Override
    protected int look(Session session, Printer printer) {
        printer.list("HoldList", TABLE, session.rows("cli/holds", Map.of()), session.now());
        return Exit.OK;
    }
}
