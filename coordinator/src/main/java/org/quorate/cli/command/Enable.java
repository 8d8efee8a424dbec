package org.quorate.cli.command;

import java.util.List;
import org.quorate.cli.connection.Parameters;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.ChangeCommand;
import org.quorate.cli.frame.Names;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Row;

/** The common part of {@code enable} and {@code disable}. */
public abstract class Enable extends ChangeCommand {
    private final boolean enabled;

    @picocli.CommandLine.Parameters(paramLabel = "SCHEDULER", description = "Name of the scheduler.")
    private String scheduler = "";

    Enable(Console console, boolean enabled) {
        super(console);
        this.enabled = enabled;
    }

    @picocli.CommandLine.Command(name = "enable", description = "Enable a scheduler again.")
    public static final class On extends Enable {
        public On(Console console) {
            super(console, true);
        }
    }

    @picocli.CommandLine.Command(
            name = "disable",
            description = "Disable a scheduler: it does not tick until it is enabled.")
    public static final class Off extends Enable {
        public Off(Console console) {
            super(console, false);
        }
    }

    @Override
    protected List<String> plan(Session session) {
        Names.of(session).require("scheduler", scheduler);
        return List.of((enabled ? "enable " : "disable ") + scheduler);
    }

    @Override
    protected List<Row> apply(Session session) {
        String outcome = session.row(
                        "cli/enable", Parameters.of("scheduler", scheduler, "enabled", enabled, "why", why))
                .text("outcome");
        return List.of(outcome(scheduler, outcome, ""));
    }
}
