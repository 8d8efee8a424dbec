package org.quorate.cli.command;

import java.util.ArrayList;
import java.util.List;
import org.quorate.cli.connection.Parameters;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.ChangeCommand;
import org.quorate.cli.frame.KnownBuildrequests;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Row;
import picocli.CommandLine.Command;

@Command(
        name = "cancel",
        description = {
            "Cancel buildrequests.",
            "",
            "A pending one is cancelled at once. For a claimed one its master is asked to stop the build."
        })
public final class Cancel extends ChangeCommand {
    @picocli.CommandLine.Parameters(arity = "1..*", paramLabel = "ID", description = "Numbers of buildrequests.")
    private List<Integer> ids = new ArrayList<>();

    public Cancel(Console console) {
        super(console);
    }

    @Override
    protected List<String> plan(Session session) {
        return KnownBuildrequests.of(session, ids).stream()
                .map(row -> switch (row.text("state")) {
                    case "complete" -> "nothing for " + row.text("id") + ", which is complete already";
                    case "claimed" ->
                        "ask " + row.text("owner") + " to cancel " + row.text("id") + " of " + row.text("builder");
                    default -> "cancel " + row.text("id") + " of " + row.text("builder");
                })
                .toList();
    }

    @Override
    protected List<Row> apply(Session session) {
        return ids.stream()
                .distinct()
                .sorted()
                .map(id -> outcome(
                        String.valueOf(id),
                        session.row("cli/cancel", Parameters.of("id", id, "why", why))
                                .text("outcome"),
                        ""))
                .toList();
    }
}
