package org.quorate.cli.command;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.connection.Parameters;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.ChangeCommand;
import org.quorate.cli.frame.Names;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.Printer;
import org.quorate.cli.output.Row;
import org.quorate.cli.output.Text;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "move",
        description = {
            "Move a scheduler to another master.",
            "",
            "The present owner gives it up by itself. The new one keeps it as long as that master is alive."
        })
public final class Move extends ChangeCommand {
    @picocli.CommandLine.Parameters(paramLabel = "SCHEDULER", description = "Name of the scheduler.")
    private String scheduler = "";

    @picocli.CommandLine.Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "MASTER",
            description = "Name of the new owner; --to MASTER is the same.")
    private @Nullable String master;

    @Option(names = "--to", paramLabel = "MASTER", description = "Name of the new owner.")
    private @Nullable String option;

    private String to = "";

    @Option(names = "--wait", description = "Return when the new owner has it.")
    private boolean wait;

    public Move(Console console) {
        super(console);
    }

    @Override
    protected List<String> plan(Session session) {
        if ((master == null) == (option == null)) {
            throw Failure.usage("name the new owner once: quorate move " + Text.printable(scheduler) + " --to MASTER");
        }
        to = master == null ? String.valueOf(option) : master;
        Names names = Names.of(session);
        names.require("scheduler", scheduler);
        names.require("master", to);
        Row row = session.row("cli/scheduler", Map.of("name", scheduler));
        return List.of(
                "move " + scheduler + " from " + (row.has("owner") ? row.text("owner") : "nobody") + " to " + to);
    }

    @Override
    protected List<Row> apply(Session session) {
        String outcome = session.row("cli/move", Parameters.of("scheduler", scheduler, "master", to, "why", why))
                .text("outcome");
        return List.of(outcome(scheduler, outcome, "to " + to));
    }

    @Override
    protected boolean waits() {
        return wait;
    }

    @Override
    protected int await(Session session, Printer printer, List<Row> outcomes) {
        if (!wait) {
            return Exit.OK;
        }
        session.listen("quorate_control");
        int exit = waitFor(
                session,
                scheduler + " is owned by " + to,
                () -> session.row("cli/scheduler", Map.of("name", scheduler))
                        .text("owner")
                        .equals(to));
        if (exit == Exit.OK) {
            Row row = session.row("cli/scheduler", Map.of("name", scheduler));
            printer.remark(scheduler + " is owned by " + to + " in term " + row.text("term"));
        }
        return exit;
    }
}
