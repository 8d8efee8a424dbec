package org.quorate.cli.hold;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.connection.Parameters;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.ChangeCommand;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Row;
import picocli.CommandLine.Command;

@Command(name = "lift", description = "End a hold before its time. Example: quorate lift builder arm")
public final class Lift extends ChangeCommand {
    @picocli.CommandLine.Parameters(
            arity = "1..2",
            paramLabel = "WHAT",
            description = "builder NAME, master NAME, or" + " everything.")
    private List<String> words = new ArrayList<>();

    private Held held = Held.EVERYTHING;

    public Lift(Console console) {
        super(console);
    }

    @Override
    protected List<String> plan(Session session) {
        held = Held.of(session, words);
        return List.of("lift the hold of " + held.words());
    }

    @Override
    protected List<Row> apply(Session session) {
        return List.of(apply(session, held, why));
    }

    static Row apply(Session session, Held held, @Nullable String why) {
        String outcome = session.row("cli/lift", Parameters.of("kind", held.kind(), "name", held.name(), "why", why))
                .text("outcome");
        return outcome(held.words(), outcome, "");
    }
}
