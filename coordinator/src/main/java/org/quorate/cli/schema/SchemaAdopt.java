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
        description =
                "Put Quorate's schema beside Buildbot's tables, or update it: triggers, indexes and two schemas, and no"
                        + " change of a column or a row. Nothing happens when it is current. Buildbot 3.7 to 4.3.")
public final class SchemaAdopt extends SchemaChange {
    @Option(names = "--no-index", description = "Leave the partial indexes out. Adopt again without it to have them.")
    private boolean noIndex;

    public SchemaAdopt(Console console) {
        super(console);
    }

    @Override
    public Integer call() {
        Target target = where.target(console);
        String cluster = namedCluster(target);
        Printer printer = printer();
        // tells a wrong address apart from a refused schema
        Session.connect(target, where.patience()).close();
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
            try (Session session = Session.open(target, where.patience())) {
                SchemaStatus.print(printer, session);
            }
        }
        return Exit.OK;
    }
}
