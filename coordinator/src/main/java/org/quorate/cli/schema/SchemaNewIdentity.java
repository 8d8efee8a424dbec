package org.quorate.cli.schema;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.quorate.cli.connection.Parameters;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.ChangeCommand;
import org.quorate.cli.frame.DatabaseRecord;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.Row;
import org.quorate.identity.DatabaseView;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "new-identity",
        description = {
            "Make a copy of a cluster's database a cluster of its own.",
            "",
            "Run it in a staging copy, before the first agent is started there. The copy gets another name and another"
                    + " identity. The original does not change, and ZooKeeper is not asked."
        })
public final class SchemaNewIdentity extends ChangeCommand {
    @Option(names = "--name", required = true, paramLabel = "NAME", description = "Name of the new cluster.")
    private String name = "";

    @Option(names = "--yes", description = "Do it. Without this option the command only prints the plan.")
    private boolean yes;

    public SchemaNewIdentity(Console console) {
        super(console);
    }

    @Override
    protected List<String> plan(Session session) {
        String before = cluster(session);
        if (name.isBlank() || name.equals(before)) {
            throw Failure.usage("--name must be another name than " + before
                    + ", so that the agents of the two clusters cannot be mistaken for each other");
        }
        String alive = session.rows("schema/alive", Map.of()).stream()
                .map(row -> row.text("name"))
                .collect(Collectors.joining(", "));
        if (!alive.isEmpty()) {
            throw new Failure(
                    Exit.REFUSED,
                    "agents work with this database (" + alive + "), so that it is no copy: check --database, or stop"
                            + " them first");
        }
        DatabaseView view = DatabaseRecord.of(session);
        return List.of(
                "the copy of cluster " + before + " at " + session.target().place() + " (" + view.here()
                        + "; the original: " + view.identity().place() + ") becomes the cluster " + name);
    }

    @Override
    protected void confirm() {
        if (!yes && !dryRun) {
            throw new Failure(Exit.REFUSED, "nothing was changed: run the command again with --yes to do it");
        }
    }

    @Override
    protected List<Row> apply(Session session) {
        boolean done = session.find(
                        "cluster/rename",
                        Parameters.of("name", name, "before", cluster(session), "actor", actor(console)))
                .isPresent();
        return List.of(outcome(name, done ? "created" : "unchanged", ""));
    }

    private static String cluster(Session session) {
        return session.target().cluster().orElse("");
    }
}
