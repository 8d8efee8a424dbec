package org.quorate.cli;

import java.util.concurrent.Callable;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "completion",
        description = {"Print the completion script for bash and zsh.", "", "To load it: source <(quorate completion)"})
final class Completion implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    private final Console console;

    Completion(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        console.out().print(AutoComplete.bash("quorate", spec.root().commandLine()));
        console.out().flush();
        return Exit.OK;
    }
}
