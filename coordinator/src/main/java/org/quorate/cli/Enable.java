package org.quorate.cli;

import java.util.List;

/** Both {@code enable} and {@code disable}: one thing, said twice. */
abstract class Enable extends Change {
    private final boolean enabled;

    @picocli.CommandLine.Parameters(paramLabel = "SCHEDULER", description = "Name of the scheduler.")
    private String scheduler = "";

    Enable(Console console, boolean enabled) {
        super(console);
        this.enabled = enabled;
    }

    @picocli.CommandLine.Command(name = "enable", description = "Let a scheduler tick again.")
    static final class On extends Enable {
        On(Console console) {
            super(console, true);
        }
    }

    @picocli.CommandLine.Command(name = "disable", description = "Let a scheduler not tick until it is enabled.")
    static final class Off extends Enable {
        Off(Console console) {
            super(console, false);
        }
    }

    @Override
    List<String> plan(Session session) {
        Names.of(session).require("scheduler", scheduler);
        return List.of((enabled ? "enable " : "disable ") + scheduler);
    }

    @Override
    List<Row> apply(Session session) {
        String outcome = session.row(
                        "cli/enable", Parameters.of("scheduler", scheduler, "enabled", enabled, "why", why))
                .text("outcome");
        return List.of(outcome(scheduler, outcome, ""));
    }
}
