package org.quorate.cli.command;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
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
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "drain",
        description = {
            "Stop masters from claiming buildrequests.",
            "",
            "They finish the builds that they run. They stay drained over restarts, until quorate undrain. While they"
                    + " still hold claims the outcome is drains, afterwards drained.",
            "",
            "If no other open master offers one of their builders, the command names the builders and does nothing"
                    + " without --yes. Example: quorate drain m2 --wait --why 'new disk'",
            "",
            "For a master without the plugin this starts Buildbot's own clean shutdown, which cannot be reverted:"
                    + " undrain only starts the buildmaster again."
        })
public final class Drain extends ChangeCommand {
    /** A sentence names at most this many builders. */
    private static final int NAMED = 5;

    private static final String WITHOUT_PLUGIN =
            "without the plugin: its buildmaster shuts down when its builds have ended, which cannot be reverted;"
                    + " undrain starts it again";

    @picocli.CommandLine.Parameters(arity = "1..*", paramLabel = "MASTER", description = "Names of masters.")
    private List<String> masters = new ArrayList<>();

    @Option(names = "--yes", description = "Drain also the last master that offers a builder.")
    private boolean yes;

    @Option(names = "--wait", description = "Return when the masters hold no claims any more.")
    private boolean wait;

    @Option(
            names = "--deadline",
            paramLabel = "SPAN",
            description = "With --wait: builds that still run after SPAN are ended, and run again on other masters.",
            converter = DurationConverter.class)
    private @Nullable Duration deadline;

    private List<Row> lonely = List.of();

    public Drain(Console console) {
        super(console);
    }

    @Override
    protected List<String> plan(Session session) {
        if (deadline != null && !wait) {
            throw Failure.usage("--deadline needs --wait, since the command must still run when the deadline is over");
        }
        Names names = Names.of(session);
        masters.forEach(master -> names.require("master", master));
        lonely = session.rows("cli/builders_left_alone", Parameters.of("masters", masters.toArray(String[]::new)));
        List<String> plan = new ArrayList<>(
                masters.stream().map(master -> plan(master(session, master))).toList());
        if (!lonely.isEmpty()) {
            plan.add("then no open master offers " + lonely());
        }
        return plan;
    }

    /** Returns the builders that no open master would offer, the longest queues first. */
    private String lonely() {
        String named = lonely.stream()
                .limit(NAMED)
                .map(row -> row.text("builder")
                        + (row.number("pending") == 0 ? "" : " (" + row.number("pending") + " pending)"))
                .collect(Collectors.joining(", "));
        return lonely.size() > NAMED ? named + " and " + (lonely.size() - NAMED) + " more builders" : named;
    }

    @Override
    protected void confirm() {
        if (!dryRun && !yes && !lonely.isEmpty()) {
            throw new Failure(
                    Exit.REFUSED,
                    "nothing was changed: no other open master offers " + lonely()
                            + ", whose requests would wait until undrain; to do it all the same add --yes");
        }
    }

    private static String plan(Row master) {
        return "drain " + master.text("name") + ", which is " + master.text("state") + " and holds "
                + master.number("claims") + " claims" + (master.is("plugin") ? "" : "; " + WITHOUT_PLUGIN);
    }

    @Override
    protected List<Row> apply(Session session) {
        return masters.stream()
                .sorted()
                .map(master -> {
                    String outcome = session.row("cli/drain", Parameters.of("master", master, "why", why))
                            .text("outcome");
                    Row now = master(session, master);
                    boolean still = outcome.equals("drained") && now.number("claims") > 0;
                    return outcome(master, still ? "drains" : outcome, left(now));
                })
                .toList();
    }

    private static String left(Row master) {
        String still = master.number("claims") > 0 ? "still draining: " : "";
        return still + master.number("claims") + " claims left" + (master.is("plugin") ? "" : "; " + WITHOUT_PLUGIN);
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
        if (deadline != null
                && !comesTrue(
                        session, Optional.of(deadline), () -> held(session).isEmpty())) {
            for (String master : held(session)) {
                printer.remark(master + ": the deadline is over; the builds that still run are ended and queued again");
                session.transaction(
                        true, () -> session.row("cli/restart", Parameters.of("master", master, "why", why)));
            }
        }
        int exit =
                waitFor(session, "nothing is held any more", () -> held(session).isEmpty());
        if (exit == Exit.OK) {
            printer.remark(String.join(", ", masters) + ": nothing is held any more");
        }
        return exit;
    }

    /** Returns the masters that still hold claims. */
    private List<String> held(Session session) {
        return masters.stream().filter(master -> claims(session, master) > 0).toList();
    }

    private static Row master(Session session, String name) {
        return session.row("cli/master", Map.of("name", name));
    }

    private static long claims(Session session, String name) {
        return master(session, name).number("claims");
    }
}
