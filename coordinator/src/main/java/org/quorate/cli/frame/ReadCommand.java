package org.quorate.cli.frame;

import java.util.concurrent.Callable;
import org.quorate.cli.connection.Session;
import org.quorate.cli.connection.Target;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.OutputOptions;
import org.quorate.cli.output.Printer;
import picocli.CommandLine.Mixin;

/** A command that only reads. */
public abstract class ReadCommand implements Callable<Integer> {
    @Mixin
    public final ClusterOptions clusterOptions = new ClusterOptions();

    @Mixin
    final OutputOptions outputOptions = new OutputOptions();

    public final Console console;

    public ReadCommand(Console console) {
        this.console = console;
    }

    /** Reads once and prints. Returns the exit code. */
    protected abstract int look(Session session, Printer printer);

    @Override
    public Integer call() throws Exception {
        Target target = clusterOptions.target(console);
        Printer printer = new Printer(console, outputOptions, clusterOptions.colours(console));
        try (Session session = Session.open(target, clusterOptions.patience())) {
            return outputOptions.show(console, () -> look(session, printer));
        }
    }
}
