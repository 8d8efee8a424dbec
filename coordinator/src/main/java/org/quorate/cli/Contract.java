package org.quorate.cli;

import java.util.Map;
import picocli.CommandLine.Command;

@Command(
        name = "contract",
        description =
                "The public SQL, object by object, with its promise: granite never changes within v1, brass with 12"
                        + " months' notice, sticker at any release.")
final class Contract extends Ask {
    private static final Table TABLE =
            Table.of("OBJECT:object", "KIND:kind", "PROMISE:promise", "SINCE:since", "DESCRIPTION:description:wide");

    Contract(Console console) {
        super(console);
    }

    @Override
    int look(Session session, Printer printer) {
        printer.list("ContractList", TABLE, session.rows("cli/contract", Map.of()), session.now());
        return Exit.OK;
    }
}
