package org.quorate.cli.frame;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.connection.Session;
import org.quorate.cli.connection.Target;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.OutputOptions;
import org.quorate.cli.output.Printer;
import org.quorate.cli.output.Row;
import org.quorate.cli.output.Table;
import org.quorate.cli.output.Text;
import org.quorate.time.Deadline;
import org.quorate.time.DurationOrder;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * A command that changes something: it prints its plan, does all of it in one transaction or nothing, and prints the
 * outcome of each part.
 */
public abstract class ChangeCommand implements Callable<Integer> {
    private static final Table OUTCOMES = Table.of("WHAT:what", "OUTCOME:outcome", "NOTE:note");
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    @Mixin
    public final ClusterOptions clusterOptions = new ClusterOptions();

    @Mixin
    public final OutputOptions outputOptions = new OutputOptions();

    @Option(names = "--dry-run", description = "Print the plan and its outcome, but change nothing.")
    public boolean dryRun;

    @Option(names = "--why", paramLabel = "TEXT", description = "The reason, which is kept in the history.")
    public @Nullable String why;

    public final Console console;

    public ChangeCommand(Console console) {
        this.console = console;
    }

    /** Returns what is about to be done, one sentence per part. Rejects an unknown name or number. */
    protected abstract List<String> plan(Session session);

    /** Does it, in a transaction. Returns one row {@code what, outcome, note} per part. */
    protected abstract List<Row> apply(Session session);

    protected Session session(Target target) {
        return Session.open(target, waits() ? ClusterOptions.PATIENCE : clusterOptions.patience());
    }

    /** Called after the plan was printed: throws a {@link Failure} if the operator did not confirm the plan. */
    protected void confirm() {}

    /** Returns whether the command waits after the change: then {@code --timeout} limits the wait, not the stores. */
    protected boolean waits() {
        return false;
    }

    /** Waits after the change if {@code --wait} was given. Returns the exit code. */
    protected int await(Session session, Printer printer, List<Row> outcomes) {
        return Exit.OK;
    }

    @Override
    public Integer call() {
        Target target = clusterOptions.target(console);
        Printer printer = new Printer(console, outputOptions, clusterOptions.colours(console));
        try (Session session = session(target)) {
            plan(session).forEach(step -> printer.remark("plan: " + step));
            confirm();
            session.row("cli/actor", Map.of("actor", actor(console)));
            List<Row> outcomes = session.transaction(!dryRun, () -> apply(session));
            print(session, printer, outcomes);
            if (nothingDone(outcomes)) {
                return Exit.USAGE;
            }
            return dryRun ? Exit.OK : await(session, printer, outcomes);
        }
    }

    private void print(Session session, Printer printer, List<Row> outcomes) {
        if (printer.isJson()) {
            ObjectNode document = printer.document("ChangeResult");
            document.put("dryRun", dryRun);
            var items = document.putArray("items");
            outcomes.forEach(row -> items.add(Printer.node(row)));
            printer.print(document);
        } else {
            printer.table(OUTCOMES, outcomes, session.now());
            if (dryRun) {
                printer.line("dry run: nothing was changed; the table shows what would be done");
            }
        }
        console.out().flush();
    }

    private static boolean nothingDone(List<Row> outcomes) {
        return outcomes.stream().allMatch(row -> row.text("outcome").equals("complete"));
    }

    /**
     * Waits until a condition holds, and checks it again at each hint and each second. Returns OK or TIMED_OUT.
     *
     * @param what the condition, as a clause that follows "waiting until"
     */
    protected final int waitFor(Session session, String what, BooleanSupplier holds) {
        if (!comesTrue(session, clusterOptions.limit(), holds)) {
            console.note(
                    "timed out after " + clusterOptions.limit().map(Text::span).orElse("a while") + ", waiting until "
                            + what + "; the change stays in force: see quorate status");
            return Exit.TIMED_OUT;
        }
        return Exit.OK;
    }

    /** Waits as {@link #waitFor} does; returns whether the condition held before the limit was over. */
    protected final boolean comesTrue(Session session, Optional<Duration> limit, BooleanSupplier holds) {
        long begin = console.nanoTime().getAsLong();
        Optional<Deadline> end = limit.map(span -> Deadline.after(span, begin));
        while (!holds.getAsBoolean()) {
            Duration left = end.map(
                            deadline -> deadline.remaining(console.nanoTime().getAsLong()))
                    .orElse(LOOK_AGAIN);
            if (left.isZero()) {
                return false;
            }
            session.awaitHint(DurationOrder.shorter(left, LOOK_AGAIN));
        }
        return true;
    }

    /** Returns the operator's name as the system knows it, also under sudo. */
    public static String actor(Console console) {
        Map<String, String> environment = console.environment();
        String name = environment.getOrDefault(
                "SUDO_USER", environment.getOrDefault("USER", System.getProperty("user.name", "operator")));
        return Text.shortened(Text.printable(name), 80);
    }

    protected static Row outcome(String what, String outcome, String note) {
        Map<String, @Nullable Object> values = new java.util.LinkedHashMap<>();
        values.put("what", what);
        values.put("outcome", outcome);
        values.put("note", note);
        return new Row(values);
    }
}
