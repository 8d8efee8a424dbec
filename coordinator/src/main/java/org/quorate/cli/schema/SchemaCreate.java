package org.quorate.cli.schema;

import java.util.Map;
import org.quorate.cli.connection.Session;
import org.quorate.cli.connection.Target;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.Printer;
import org.quorate.sql.Schema;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "create",
        description = {
            "Create or update the schema for a site without Buildbot.",
            "",
            "It also creates those of Buildbot's tables that Quorate needs. A schema that is current stays as it is."
                    + " In a Buildbot database use quorate schema adopt."
        })
public final class SchemaCreate extends SchemaChange {
    @Option(names = "--standalone", description = "Required: confirms that Buildbot's tables are created, too.")
    private boolean standalone;

    public SchemaCreate(Console console) {
        super(console);
    }

    @Override
    public Integer call() {
        if (!standalone) {
            throw Failure.usage(
                    "give --standalone to create the tables that Buildbot would have created, too; in a Buildbot"
                            + " database run quorate schema adopt");
        }
        Target target = clusterOptions.target(console);
        String cluster = namedCluster(target);
        Printer printer = printer();
        // so that a wrong address is reported as such, and not as a refused schema
        try (Session session = Session.connect(target, clusterOptions.patience())) {
            boolean there = session.row("cli/presence", Map.of()).is("private_schema");
            printer.remark("plan: " + (there ? "update the schema" : "create the schema") + " of cluster " + cluster
                    + " with the subset of Buildbot's tables at " + target.place());
        }
        if (dryRun) {
            printer.remark("dry run: nothing was changed");
            return Exit.OK;
        }
        Schema schema = schema(target);
        unlessRefused(() -> {
            schema.create(cluster, true);
            return true;
        });
        try (Session session = Session.open(target, clusterOptions.patience())) {
            SchemaStatus.print(printer, session);
        }
        return Exit.OK;
    }
}
