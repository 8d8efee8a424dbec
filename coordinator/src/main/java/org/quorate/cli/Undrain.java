package org.quorate.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

@Command(name = "undrain", description = "Let masters claim again.")
final class Undrain extends Change {
    @picocli.CommandLine.Parameters(arity = "1..*", paramLabel = "MASTER", description = "Names of masters.")
    private List<String> masters = new ArrayList<>();

    Undrain(Console console) {
        super(console);
    }

    @Override
    List<String> plan(Session session) {
        Names names = Names.of(session);
        masters.forEach(master -> names.require("master", master));
        return masters.stream().map(master -> "undrain " + master).toList();
    }

    @Override
    List<Row> apply(Session session) {
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
