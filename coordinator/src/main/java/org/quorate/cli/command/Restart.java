package org.quorate.cli.command;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.quorate.cli.connection.Parameters;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.ChangeCommand;
import org.quorate.cli.frame.Names;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.DurationConverter;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.Printer;
import org.quorate.cli.output.Row;
import org.quorate.cli.output.Text;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "restart",
        description = {
            "Restart buildmasters one after the other.",
            "",
            "Each master is drained first, so that others take its schedulers at once. Its builds may finish until the"
                    + " deadline; those that still run then are ended, and run again on other masters. When the"
                    + " buildmaster serves again, its master is undrained, and the next one follows.",
            "",
            "A master that was drained before stays drained. If it has no plugin, its buildmaster only ends, and"
                    + " undrain starts it."
        })
public final class Restart extends ChangeCommand {
    @picocli.CommandLine.Parameters(arity = "0..*", paramLabel = "MASTER", description = "Names of masters.")
    private List<String> masters = new ArrayList<>();

    @Option(names = "--rolling", description = "Restart all active masters, in the order of their names.")
    private boolean rolling;

    @Option(
            names = "--deadline",
            paramLabel = "SPAN",
            description = "How long the running builds of each master may take to finish (10m).",
            converter = DurationConverter.class)
    private Duration deadline = Duration.ofMinutes(10);

    public Restart(Console console) {
        super(console);
    }

    @Override
    protected List<String> plan(Session session) {
        if (rolling == !masters.isEmpty()) {
            throw Failure.usage("name the masters, or give --rolling for all active ones");
        }
        Names names = Names.of(session);
        masters.forEach(master -> names.require("master", master));
        if (rolling) {
            session.rows("cli/masters", Map.of()).stream()
                    .filter(row -> row.text("state").equals("active"))
                    .map(row -> row.text("name"))
                    .sorted()
                    .forEach(masters::add);
        }
        return masters.stream()
                .map(master -> plan(master, state(session, master)))
                .toList();
    }

    private String plan(String master, Row now) {
        return (staysDown(now) ? "end" : "restart") + " the buildmaster of " + master + " when its "
                + now.number("claims") + " builds have ended, after " + Text.span(deadline) + " at the latest"
                + (staysDown(now) ? "; it is drained and without the plugin: undrain starts it" : "");
    }

    /** A buildmaster without the plugin is not started while it is drained. */
    private static boolean staysDown(Row now) {
        return now.is("draining") && now.is("stock");
    }

    @Override
    protected List<Row> apply(Session session) {
        return masters.stream()
                .map(master -> state(session, master).text("state").equals("active")
                        ? outcome(master, "planned", "")
                        : outcome(master, "unchanged", "it is not active: start its agent"))
                .toList();
    }

    @Override
    protected boolean waits() {
        return true;
    }

    @Override
    protected int await(Session session, Printer printer, List<Row> outcomes) {
        session.listen("quorate_control");
        List<String> left = outcomes.stream()
                .filter(row -> row.text("outcome").equals("planned"))
                .map(row -> row.text("what"))
                .collect(Collectors.toCollection(ArrayList::new));
        int exit = Exit.OK;
        while (exit == Exit.OK && !left.isEmpty()) {
            exit = restart(session, printer, left.remove(0));
        }
        if (exit != Exit.OK && !left.isEmpty()) {
            console.note("not touched: " + String.join(", ", left));
        }
        return exit;
    }

    private int restart(Session session, Printer printer, String master) {
        Row before = state(session, master);
        boolean drained = before.is("draining");
        if (!drained) {
            run(session, "cli/drain", master);
        }
        boolean ended = comesTrue(
                session, Optional.of(deadline), () -> state(session, master).number("claims") == 0);
        printer.remark(master + ": drained, " + (ended ? "nothing is held" : "the deadline is over")
                + "; restarting its buildmaster");
        run(session, "cli/restart", master);
        int exit = waitFor(session, master + " is in a new epoch", () -> isNew(state(session, master), before));
        if (exit != Exit.OK) {
            return exit;
        }
        if (staysDown(before)) {
            printer.remark(master + ": its buildmaster ended, and stays down until undrain");
            return Exit.OK;
        }
        // before the new buildmaster serves: see staysDown
        if (!drained) {
            run(session, "cli/undrain", master);
        }
        exit = waitFor(session, master + " serves again", () -> {
            Row now = state(session, master);
            return serves(now, before) || fails(now, before);
        });
        if (exit != Exit.OK) {
            return exit;
        }
        Row now = state(session, master);
        if (fails(now, before)) {
            console.note(master + ": " + now.text("trouble") + "; its agent tries again");
            return Exit.ERROR;
        }
        printer.remark(master + ": serves again");
        return Exit.OK;
    }

    private static boolean isNew(Row now, Row before) {
        return now.number("epoch") > before.number("epoch") && now.text("state").equals("active");
    }

    private static boolean serves(Row now, Row before) {
        return isNew(now, before) && now.is("attached");
    }

    private static boolean fails(Row now, Row before) {
        return isNew(now, before) && now.has("trouble") && !now.is("attached");
    }

    private void run(Session session, String statement, String master) {
        session.transaction(true, () -> session.row(statement, Parameters.of("master", master, "why", why)));
    }

    private static Row state(Session session, String master) {
        return session.row("cli/restarted", Map.of("name", master));
    }
}
