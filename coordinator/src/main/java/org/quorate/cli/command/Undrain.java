package org.quorate.cli.command;

import java.util.ArrayList;
import java.util.List;
import org.quorate.cli.connection.Parameters;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.ChangeCommand;
import org.quorate.cli.frame.Names;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Row;
import picocli.CommandLine.Command;

@Command(name = "undrain", description = "Let drained masters claim buildrequests again.")
public final class Undrain extends ChangeCommand {
    @picocli.CommandLine.Parameters(arity = "1..*", paramLabel = "MASTER", description = "Names of masters.")
    private List<String> masters = new ArrayList<>();

    public Undrain(Console console) {
        super(console);
    }

    @Override
    protected List<String> plan(Session session) {
        Names names = Names.of(session);
        masters.forEach(master -> names.require("master", master));
        return masters.stream().map(master -> "undrain " + master).toList();
    }

    @Override
    protected List<Row> apply(Session session) {
        return masters.stream()
                .sorted()
                .map(master -> outcome(
                        master,
                        session.row("cli/undrain", Parameters.of("master", master, "why", why))
                                .text("outcome"),
                        ""))
                .toList();
    }
}
