package org.quorate.cli.schema;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.connection.Target;
import org.quorate.cli.frame.ClusterOptions;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.OutputOptions;
import org.quorate.cli.output.Printer;
import org.quorate.cli.output.Row;
import org.quorate.cli.output.Table;
import org.quorate.config.Secret;
import org.quorate.postgres.Sessions;
import org.quorate.sql.Schema;
import org.quorate.sql.SchemaRefused;
import org.quorate.sql.Step;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command that changes the schema of a database: it prints each step with its lock, and then does all of them. */
public abstract class SchemaChange implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Table STEPS = Table.of("STEP:what", "LOCK:lock", "ROWS:rows:number");

    @Mixin
    final ClusterOptions clusterOptions = new ClusterOptions();

    @Mixin
    final OutputOptions outputOptions = new OutputOptions();

    @Option(names = "--dry-run", description = "Print the plan, but change nothing.")
    boolean dryRun;

    final Console console;

    SchemaChange(Console console) {
        this.console = console;
    }

    final Printer printer() {
        return new Printer(console, outputOptions, clusterOptions.colours(console));
    }

    /**
     * Returns a schema that opens its own connections, since its statements may take longer than those of a session.
     */
    final Schema schema(Target target) {
        Sessions database = Sessions.ofSchemaChange(
                target.url().orElse(""), target.user(), target.password().map(Secret::reveal));
        return Schema.of(database).patient(clusterOptions.limit().orElse(PATIENCE));
    }

    static String namedCluster(Target target) {
        return target.cluster()
                .orElseThrow(() -> Failure.usage(
                        "the name of the cluster is missing, which is stored in the database: give --cluster NAME"));
    }

    public static <T> T unlessRefused(Supplier<T> work) {
        try {
            return work.get();
        } catch (SchemaRefused e) {
            throw new Failure(Exit.REFUSED, String.valueOf(e.getMessage()), e);
        }
    }

    /** Prints the steps. */
    final void print(Printer printer, List<Step> steps) {
        List<Row> rows = steps.stream().map(SchemaChange::row).toList();
        if (printer.isJson()) {
            var document = printer.document("SchemaChange");
            document.put("dryRun", dryRun);
            var items = document.putArray("items");
            rows.forEach(row -> items.add(Printer.node(row)));
            printer.print(document);
        } else if (!rows.isEmpty()) {
            STEPS.lines(rows, true, Instant.EPOCH).forEach(printer::line);
        }
        console.out().flush();
    }

    private static Row row(Step step) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        values.put("what", step.what());
        values.put("lock", step.lock());
        OptionalLong about = step.rows();
        values.put("rows", about.isPresent() ? about.getAsLong() : null);
        return new Row(values);
    }
}
