package org.quorate.cli.schema;

import java.util.Map;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.ReadCommand;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Printer;
import org.quorate.cli.output.Row;
import org.quorate.cli.output.Text;
import org.quorate.sql.Schema;
import picocli.CommandLine.Command;

@Command(name = "status", description = "Show the version of the schema, and the cluster that it belongs to.")
public final class SchemaStatus extends ReadCommand {
    public SchemaStatus(Console console) {
        super(console);
    }

    @Override
    protected int look(Session session, Printer printer) {
        print(printer, session);
        return Exit.OK;
    }

    static void print(Printer printer, Session session) {
        Row cluster = session.row("cli/cluster", Map.of());
        if (printer.isJson()) {
            var document = printer.document("Schema");
            document.put("cluster", cluster.text("name"));
            document.put("cluster_uuid", cluster.text("cluster_uuid"));
            document.put("version", cluster.number("schema_version"));
            document.put("required", Schema.REQUIRED_VERSION);
            printer.print(document);
        } else {
            printer.line(
                    "schema " + cluster.text("schema_version") + " of cluster " + Text.printable(cluster.text("name"))
                            + " (" + cluster.text("cluster_uuid") + ") at "
                            + session.target().place() + "; this program needs "
                            + Schema.REQUIRED_VERSION);
        }
    }
}
