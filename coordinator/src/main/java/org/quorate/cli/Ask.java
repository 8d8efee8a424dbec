package org.quorate.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/** A command that only looks. */
abstract class Ask implements Callable<Integer> {
    @Mixin
    final Where where = new Where();

    @Mixin
    final View view = new View();

    final Console console;

    Ask(Console console) {
        this.console = console;
    }

    /** One look, printed; answers the exit code. */
    abstract int look(Session session, Printer printer);

    @Override
    public Integer call() throws Exception {
        Target target = where.target(console);
        Printer printer = new Printer(console, view, where.colours(console));
        try (Session session = Session.open(target, where.patience())) {
            return view.show(console, () -> look(session, printer));
        }
    }
}
