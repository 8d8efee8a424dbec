package org.quorate.cli.schema;

import java.util.List;
import org.quorate.cli.connection.Session;
import org.quorate.cli.connection.Target;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Printer;
import org.quorate.sql.Schema;
import org.quorate.sql.Step;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "adopt",
        description = {
            "Add Quorate's schema to a Buildbot database, or update it.",
            "",
            "It adds triggers, indexes and two schemas, and changes no column and no row of Buildbot's tables. A"
                    + " schema that is current stays as it is. Works with Buildbot 3.7 to 4.3."
        })
public final class SchemaAdopt extends SchemaChange {
    @Option(
            names = "--no-index",
            description = "Leave the partial indexes out. To add them later, run adopt again without this option.")
    private boolean noIndex;

    public SchemaAdopt(Console console) {
        super(console);
    }

    @Override
    public Integer call() {
        Target target = clusterOptions.target(console);
        String cluster = namedCluster(target);
        Printer printer = printer();
        // so that a wrong address is reported as such, and not as a refused schema
        Session.connect(target, clusterOptions.patience()).close();
        Schema schema = schema(target);
        List<Step> steps = unlessRefused(() -> schema.planAdoption(cluster, !noIndex));
        printer.remark("plan: " + (steps.isEmpty() ? "nothing, the schema of cluster " : "the schema of cluster ")
                + cluster + (steps.isEmpty() ? " is current" : " beside Buildbot's tables") + " at "
                + target.place());
        if (!printer.isJson()) {
            print(printer, steps);
        }
        if (dryRun) {
            printer.remark("dry run: nothing was changed");
        } else {
            unlessRefused(() -> {
                schema.adopt(cluster, !noIndex);
                return true;
            });
        }
        if (printer.isJson()) {
            print(printer, steps);
        } else if (!dryRun) {
            try (Session session = Session.open(target, clusterOptions.patience())) {
                SchemaStatus.print(printer, session);
            }
        }
        return Exit.OK;
    }
}
