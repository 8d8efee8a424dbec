package org.quorate.cli.hold;

import java.util.List;
import java.util.Optional;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.ChangeCommand;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Row;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "pause",
        description = {
            "Let the whole cluster claim nothing and tick nothing, until quorate resume. Running builds go on.",
            "",
            "It is quorate hold everything. Masters without the plugin go on. Example: quorate pause --why 'database"
                    + " upgrade' --until 1h"
        })
public final class Pause extends ChangeCommand {
    @Mixin
    private final Until until = new Until();

    public Pause(Console console) {
        super(console);
    }

    @Override
    protected List<String> plan(Session session) {
        return Hold.plan(Held.EVERYTHING, Optional.ofNullable(why), until);
    }

    @Override
    protected List<Row> apply(Session session) {
        return List.of(Hold.apply(session, Held.EVERYTHING, String.valueOf(why), until));
    }
}
