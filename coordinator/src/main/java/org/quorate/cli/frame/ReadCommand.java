package org.quorate.cli.frame;

import java.util.concurrent.Callable;
import org.quorate.cli.connection.Session;
import org.quorate.cli.connection.Target;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.OutputOptions;
import org.quorate.cli.output.Printer;
import picocli.CommandLine.Mixin;

/** A command that only looks. */
public abstract class ReadCommand implements Callable<Integer> {
    @Mixin
    public final ClusterOptions where = new ClusterOptions();

    @Mixin
    final OutputOptions view = new OutputOptions();

    public final Console console;

    public ReadCommand(Console console) {
        this.console = console;
    }

    /** One look, printed; answers the exit code. */
    protected abstract int look(Session session, Printer printer);

    @Override
    public Integer call() throws Exception {
        Target target = where.target(console);
        Printer printer = new Printer(console, view, where.colours(console));
        try (Session session = Session.open(target, where.patience())) {
            return view.show(console, () -> look(session, printer));
        }
    }
}
