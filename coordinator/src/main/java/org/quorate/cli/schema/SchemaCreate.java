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
        description =
                "Make or update Quorate's schema with the subset of Buildbot's tables that it needs, for a site without"
                        + " Buildbot; nothing happens when it is current. Beside Buildbot's own tables: adopt.")
public final class SchemaCreate extends SchemaChange {
    @Option(names = "--standalone", description = "Must be said: Buildbot's tables are made, too.")
    private boolean standalone;

    public SchemaCreate(Console console) {
        super(console);
    }

    @Override
    public Integer call() {
        if (!standalone) {
            throw Failure.usage(
                    "say --standalone to make the tables that Buildbot would have made, too; beside those of a"
                            + " Buildbot say quorate schema adopt");
        }
        Target target = where.target(console);
        String cluster = namedCluster(target);
        Printer printer = printer();
        // connecting first tells a wrong address apart from a refused schema
        try (Session session = Session.connect(target, where.patience())) {
            boolean there = session.row("cli/presence", Map.of()).is("private_schema");
            printer.remark("plan: " + (there ? "bring the schema up to date" : "make the schema") + " of cluster "
                    + cluster + " with the subset of Buildbot's tables at " + target.place());
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
        try (Session session = Session.open(target, where.patience())) {
            SchemaStatus.print(printer, session);
        }
        return Exit.OK;
    }
}
