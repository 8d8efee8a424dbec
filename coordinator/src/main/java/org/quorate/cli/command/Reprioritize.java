package org.quorate.cli.command;

import java.util.List;
import org.quorate.cli.connection.Parameters;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.ChangeCommand;
import org.quorate.cli.frame.KnownBuildrequests;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Row;
import picocli.CommandLine.Command;

@Command(name = "reprioritize", description = "Change the priority of a buildrequest in the queue.")
public final class Reprioritize extends ChangeCommand {
    @picocli.CommandLine.Parameters(index = "0", paramLabel = "ID", description = "Number of the buildrequest.")
    private int id;

    @picocli.CommandLine.Parameters(
            index = "1",
            paramLabel = "PRIORITY",
            description = "The greater the number, the sooner it is built.")
    private int priority;

    public Reprioritize(Console console) {
        super(console);
    }

    @Override
    protected List<String> plan(Session session) {
        Row row = KnownBuildrequests.of(session, List.of(id)).get(0);
        return List.of(
                "priority of " + id + " of " + row.text("builder") + " from " + row.text("priority") + " to " + priority
                        + (row.text("state").equals("claimed") ? ", which counts only if its master releases it" : ""));
    }

    @Override
    protected List<Row> apply(Session session) {
        String outcome = session.row("cli/reprioritize", Parameters.of("id", id, "priority", priority, "why", why))
                .text("outcome");
        String note = outcome.equals("complete") ? "its priority was not changed" : "priority " + priority;
        return List.of(outcome(String.valueOf(id), outcome, note));
    }
}
