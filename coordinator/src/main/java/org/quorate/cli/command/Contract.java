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
        name = "contract",
        description = {
            "List the public SQL objects, and how long each stays as it is.",
            "",
            "granite never changes within v1, brass changes with 12 months' notice, sticker may change at any release."
        })
public final class Contract extends ReadCommand {
    private static final Table TABLE =
            Table.of("OBJECT:object", "KIND:kind", "PROMISE:promise", "SINCE:since", "DESCRIPTION:description:wide");

    public Contract(Console console) {
        super(console);
    }

    @Override
    protected int look(Session session, Printer printer) {
        printer.list("ContractList", TABLE, session.rows("cli/contract", Map.of()), session.now());
        return Exit.OK;
    }
}
