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
        description = {
            "Remove Quorate from a Buildbot database.",
            "",
            "It drops Quorate's triggers, indexes and two schemas, with the history. Buildbot's rows stay as they are,"
                    + " and Buildbot goes on without Quorate."
        })
public final class SchemaLeave extends SchemaChange {
    @Option(
            names = "--why",
            paramLabel = "TEXT",
            description = "The reason, which is written to the log of PostgreSQL.")
    private @Nullable String why;

    @Option(names = "--yes", description = "Do it. Without this option the command only prints the plan.")
    private boolean yes;

    @Option(
            names = "--even-if-alive",
            description = "Do it even if masters are alive. Their agents then fail and stop their builds.")
    private boolean evenIfAlive;

    public SchemaLeave(Console console) {
        super(console);
    }

    @Override
    public Integer call() {
        Target target = clusterOptions.target(console);
        Printer printer = printer();
        Schema schema = schema(target);
        List<Step> steps;
        try (Session session = Session.connect(target, clusterOptions.patience())) {
            steps = unlessRefused(schema::planDeparture);
            printer.remark("plan: "
                    + (steps.isEmpty() ? "nothing, there is nothing of Quorate's" : "remove Quorate from the database")
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
            throw new Failure(Exit.REFUSED, "nothing was changed: run the command again with --yes to do it");
        }
        unlessRefused(() -> {
            schema.leave("quorate schema leave by " + ChangeCommand.actor(console) + (why == null ? "" : ": " + why));
            return true;
        });
        printer.remark(
                "done: claims stay with the masters that hold them; before the database is adopted again, delete the"
                        + " cluster in ZooKeeper (zkCli.sh deleteall /quorate/CLUSTER)");
    }

    /** Returns the target with the cluster's name from the database, and rejects another name than the target's. */
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
        AliveMasters aliveMasters = AliveMasters.ask(target, clusterOptions.patience());
        aliveMasters.members().ifPresent(members -> alive.addAll(members.keySet()));
        if (!aliveMasters.complaint().isEmpty()) {
            console.note(aliveMasters.complaint() + "; which masters are alive in ZooKeeper is not known");
        }
        if (!alive.isEmpty() && !evenIfAlive) {
            throw new Failure(
                    Exit.REFUSED,
                    (alive.size() == 1 ? alive.first() + " is" : String.join(", ", alive) + " are")
                            + " alive, nothing was changed: stop the agents first, or give --even-if-alive");
        }
    }
}
