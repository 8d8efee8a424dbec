package org.quorate.cli.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.ReadCommand;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.Printer;
import org.quorate.cli.output.Row;
import org.quorate.cli.output.Table;
import org.quorate.cli.output.Text;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "show", description = "Show everything about one buildrequest, with its history.")
public final class RequestShow extends ReadCommand {
    private static final int LATEST = 1000;
    private static final Table HISTORY = Table.of(
            "TIME:at:time",
            "WHAT:kind",
            "MASTER:master",
            "EPOCH:epoch:number",
            "RESULT:results",
            "ATTEMPT:attempt:wide",
            "ACTOR:actor",
            "WHY:why");

    @Parameters(paramLabel = "ID", description = "Number of the buildrequest.")
    private int id;

    public RequestShow(Console console) {
        super(console);
    }

    @Override
    protected int look(Session session, Printer printer) {
        Row request = find(session, id);
        List<Row> history = session.rows(
                "cli/history",
                org.quorate.cli.connection.Parameters.of(
                        "since_seconds",
                        since(request, session.now()),
                        "master",
                        null,
                        "request",
                        id,
                        "kinds",
                        null,
                        "limit",
                        LATEST));
        if (printer.isJson()) {
            ObjectNode document = printer.document("Request");
            document.setAll(Printer.node(request));
            ArrayNode events = document.putArray("history");
            history.forEach(row -> events.add(Printer.node(row)));
            printer.print(document);
        } else {
            card(printer, request, session.now());
            printer.table(HISTORY, history, session.now());
        }
        return Exit.OK;
    }

    static Row find(Session session, int id) {
        return session.find("cli/request", Map.of("id", id))
                .orElseThrow(
                        () -> Failure.usage("there is no buildrequest " + id + ": list them with quorate requests"));
    }

    /** Returns the age of the request, since it has no events from before its submission. */
    private static double since(Row request, Instant now) {
        Instant submitted = request.time("submitted_at");
        return submitted == null ? 86_400 : Math.max(0, now.getEpochSecond() - submitted.getEpochSecond()) + 60;
    }

    private void card(Printer printer, Row request, Instant now) {
        request.values().forEach((name, value) -> {
            if (value != null) {
                printer.line(String.format(
                        "%-13s %s", name.replace('_', '-'), Table.cell(Table.Kind.TIME, value, true, now)));
            }
        });
        if (request.has("owner")) {
            printer.line(String.format(
                    "%-13s a Buildbot shows it in its web page; the shell buildmaster of %s keeps it as %d-*.log in its"
                            + " folder builds",
                    "log", Text.printable(request.text("owner")), id));
        }
        printer.line("");
    }
}
