package org.quorate.cli.hold;

import java.util.List;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.ChangeCommand;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Row;
import picocli.CommandLine.Command;

@Command(
        name = "resume",
        description =
                "End quorate pause. Other holds stay: see quorate holds. Example: quorate resume --why 'upgraded'")
public final class Resume extends ChangeCommand {
    public Resume(Console console) {
        super(console);
    }

    @Override
    protected List<String> plan(Session session) {
        return List.of("lift the hold of everything");
    }

    @Override
    protected List<Row> apply(Session session) {
        return List.of(Lift.apply(session, Held.EVERYTHING, why));
    }
}
