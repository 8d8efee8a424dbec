package org.quorate.cli;

import org.quorate.cli.command.Status;
import org.quorate.cli.output.Console;
import picocli.CommandLine.Command;

/** The bare command: a status. */
@Command(
        name = "quorate",
        description = "Look at, and act on, several Buildbot masters that work as one. Without a command: status.")
final class Quorate extends Status {
    Quorate(Console console) {
        super(console);
    }
}
