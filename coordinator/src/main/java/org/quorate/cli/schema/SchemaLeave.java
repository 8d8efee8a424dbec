package org.quorate.cli.schema;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.connection.Session;
import org.quorate.cli.connection.Target;
import org.quorate.cli.frame.AliveMasters;
import org.quorate.cli.frame.ChangeCommand;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.Printer;
import org.quorate.sql.Schema;
import org.quorate.sql.Step;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "leave",
        description =
                "Take Quorate out of a database that it had adopted: triggers, indexes, its two schemas and the history."
                        + " Buildbot's rows stay as they are, and Buildbot goes on as if Quorate had never been there.")
public final class SchemaLeave extends SchemaChange {
    @Option(names = "--why", paramLabel = "TEXT", description = "The reason, for the log of PostgreSQL.")
    private @Nullable String why;

    @Option(names = "--yes", description = "Do it; without it only the plan is told.")
    private boolean yes;

    @Option(
            names = "--even-if-alive",
            description = "Even while masters live. Their agents then fail and stop their builds.")
    private boolean evenIfAlive;

    public SchemaLeave(Console console) {
        super(console);
    }

    @Override
    public Integer call() {
        Target target = where.target(console);
        Printer printer = printer();
        Schema schema = schema(target);
        List<Step> steps;
        try (Session session = Session.connect(target, where.patience())) {
            steps = unlessRefused(schema::planDeparture);
            printer.remark("plan: "
                    + (steps.isEmpty() ? "nothing, there is nothing of Quorate's" : "take Quorate out of the database")
                    + " at " + target.place());
            if (!printer.isJson()) {
                print(printer, steps);
            }
            if (!steps.isEmpty()) {
                requireStillness(session, withCluster(session, target));
            }
        }
        if (!steps.isEmpty()) {
            leave(schema, printer);
        }
        if (printer.isJson()) {
            print(printer, steps);
        }
        return Exit.OK;
    }

    private void leave(Schema schema, Printer printer) {
        if (dryRun) {
            printer.remark("dry run: nothing was changed");
            return;
        }
        if (!yes) {
            throw new Failure(Exit.REFUSED, "nothing was changed: say it again with --yes to do it");
        }
        unlessRefused(() -> {
            schema.leave("quorate schema leave by " + ChangeCommand.actor(console) + (why == null ? "" : ": " + why));
            return true;
        });
        printer.remark(
                "done: claims stay with the masters that hold them; what ZooKeeper knows of the cluster must be deleted"
                        + " there (zkCli.sh deleteall /quorate/CLUSTER) before the database is adopted again");
    }

    /** As the database names it, which must be what was meant. */
    private static Target withCluster(Session session, Target target) {
        if (!session.row("cli/presence", Map.of()).is("private_schema")) {
            return target;
        }
        Optional<String> name = session.find("cli/cluster_name", Map.of()).map(row -> row.text("name"));
        if (name.isPresent() && target.cluster().isPresent() && !name.equals(target.cluster())) {
            throw new Failure(
                    Exit.REFUSED,
                    "the database at " + target.place() + " belongs to the cluster " + name.get() + ", not to "
                            + target.cluster().get() + ": check --database and --cluster, or the context");
        }
        return name.map(target::withCluster).orElse(target);
    }

    private void requireStillness(Session session, Target target) {
        TreeSet<String> alive = new TreeSet<>();
        if (session.row("cli/presence", Map.of()).is("private_schema")) {
            session.rows("schema/alive", Map.of()).forEach(row -> alive.add(row.text("name")));
        }
        AliveMasters living = AliveMasters.ask(target, where.patience());
        living.members().ifPresent(members -> alive.addAll(members.keySet()));
        if (!living.complaint().isEmpty()) {
            console.note(living.complaint() + "; who is alive there is not known");
        }
        if (!alive.isEmpty() && !evenIfAlive) {
            throw new Failure(
                    Exit.REFUSED,
                    (alive.size() == 1 ? alive.first() + " is" : String.join(", ", alive) + " are")
                            + " alive, nothing was changed: stop the agents first, or say --even-if-alive");
        }
    }
}
