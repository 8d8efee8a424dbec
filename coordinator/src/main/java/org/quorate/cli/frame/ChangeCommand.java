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
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * A command that changes something: it prints its plan, does all of it in one transaction or nothing, and says what
 * became of each part.
 */
public abstract class ChangeCommand implements Callable<Integer> {
    private static final Table OUTCOMES = Table.of("WHAT:what", "OUTCOME:outcome", "NOTE:note");
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    @Mixin
    public final ClusterOptions where = new ClusterOptions();

    @Mixin
    public final OutputOptions view = new OutputOptions();

    @Option(names = "--dry-run", description = "Print the plan and what would become of it; change nothing.")
    public boolean dryRun;

    @Option(names = "--why", paramLabel = "TEXT", description = "The reason, for the history.")
    public @Nullable String why;

    public final Console console;

    public ChangeCommand(Console console) {
        this.console = console;
    }

    /** What is about to be done, one sentence a part; an unknown name or number is refused here. */
    protected abstract List<String> plan(Session session);

    /** Does it; one row {@code what, outcome, note} a part. Runs in a transaction. */
    protected abstract List<Row> apply(Session session);

    protected Session session(Target target) {
        return Session.open(target, where.patience());
    }

    /** After the plan was told: throws a {@link Failure} when it was not asked for clearly enough. */
    protected void confirm() {}

    /** What is waited for after the change with {@code --wait}; answers the exit code. */
    protected int await(Session session, Printer printer, List<Row> outcomes) {
        return Exit.OK;
    }

    @Override
    public Integer call() {
        Target target = where.target(console);
        Printer printer = new Printer(console, view, where.colours(console));
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
                printer.line("dry run: nothing was changed");
            }
        }
        console.out().flush();
    }

    private static boolean nothingDone(List<Row> outcomes) {
        return outcomes.stream().allMatch(row -> row.text("outcome").equals("complete"));
    }

    /** Looks again at each hint and each second, until it holds. Answers OK or TIMED_OUT. */
    protected final int waitFor(Session session, String what, BooleanSupplier holds) {
        if (!comesTrue(session, where.limit(), holds)) {
            console.note("still not so after " + where.limit().map(Text::span).orElse("a while") + ": " + what
                    + "; the change stays, look with quorate status");
            return Exit.TIMED_OUT;
        }
        return Exit.OK;
    }

    /** Whether it holds before the limit is over. */
    protected final boolean comesTrue(Session session, Optional<Duration> limit, BooleanSupplier holds) {
        long begin = console.nanoTime().getAsLong();
        while (!holds.getAsBoolean()) {
            long spent = console.nanoTime().getAsLong() - begin;
            if (limit.isPresent() && spent >= limit.get().toNanos()) {
                return false;
            }
            Duration left = limit.map(all -> all.minusNanos(spent)).orElse(LOOK_AGAIN);
            session.awaitHint(left.compareTo(LOOK_AGAIN) < 0 ? left : LOOK_AGAIN);
        }
        return true;
    }

    /** An operator's name as the system knows it, behind sudo too. */
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
