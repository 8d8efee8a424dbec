package org.quorate.cli;

import org.quorate.cli.command.Status;
import org.quorate.cli.output.Console;
import picocli.CommandLine.Command;

/** {@code quorate} without a subcommand, which is {@code quorate status}. */
@Command(
        name = "quorate",
        description = {
            "Show and manage several Buildbot masters that work as one cluster.",
            "",
            "Without a command it does what quorate status does."
        })
final class Quorate extends Status {
    Quorate(Console console) {
        super(console);
    }
}
