package org.quorate.cli.hold;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.connection.Parameters;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.ChangeCommand;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Row;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "lift", description = "End a hold before its time. Example: quorate lift builder arm")
public final class Lift extends ChangeCommand {
    @Mixin
    private final What what = new What();

    private Held held = Held.EVERYTHING;

    public Lift(Console console) {
        super(console);
    }

    @Override
    protected List<String> plan(Session session) {
        held = what.held(session);
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
