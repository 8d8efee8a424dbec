package org.quorate.cli.command;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.quorate.cli.connection.Parameters;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.ChangeCommand;
import org.quorate.cli.frame.Limits;
import org.quorate.cli.frame.Names;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.Printer;
import org.quorate.cli.output.Row;
import org.quorate.cli.output.Table;
import org.quorate.cli.output.Text;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "submit",
        description = {
            "Queue buildrequests: all of them or none.",
            "",
            "A builder that is unknown is an error. For a builder that no open master offers now, the command warns and"
                    + " queues all the same: the requests wait for such a master. Example: quorate submit lint -p"
                    + " branch=main --wait"
        })
public final class Submit extends ChangeCommand {
    private static final Table STATES =
            Table.of("ID:id:number", "BUILDER:builder", "STATE:state", "RESULT:results", "OWNER:owner");

    @picocli.CommandLine.Parameters(
            arity = "1..*",
            paramLabel = "BUILDER",
            description = "Names of builders. Each gets one buildset.")
    private List<String> builders = new ArrayList<>();

    @Option(
            names = {"-p", "--property"},
            paramLabel = "NAME=VALUE",
            description = "A property of the builds. May be repeated.")
    private List<String> properties = new ArrayList<>();

    @Option(
            names = "--priority",
            paramLabel = "N",
            description = "The greater the number, the sooner they are built (0).")
    private int priority;

    @Option(names = "--count", paramLabel = "N", description = "Queue N buildrequests for each builder (1).")
    private int count = 1;

    @Option(names = "--wait", description = "Return when all are complete. The exit code is 1 if one of them failed.")
    private boolean wait;

    private final List<Integer> ids = new ArrayList<>();
    private List<String> unoffered = List.of();

    public Submit(Console console) {
        super(console);
    }

    @Override
    protected List<String> plan(Session session) {
        Limits.require("--count", count, 1, 10_000);
        json();
        Names names = Names.of(session);
        builders.forEach(builder -> names.require("builder", builder));
        unoffered = builders.stream()
                .distinct()
                .filter(builder ->
                        session.rows("cli/openers", Map.of("builder", builder)).isEmpty())
                .toList();
        if (wait) {
            session.listen("quorate_buildset");
        }
        return builders.stream()
                .map(builder -> "queue " + count + " buildrequest" + (count == 1 ? "" : "s") + " of " + builder
                        + " with priority " + priority)
                .toList();
    }

    @Override
    protected List<Row> apply(Session session) {
        if (dryRun) {
            // the function would use up ids
            return builders.stream()
                    .map(builder -> outcome(
                            builder,
                            "would be queued",
                            "× " + count + (unoffered.contains(builder) ? ", no open master offers it now" : "")))
                    .toList();
        }
        List<Row> outcomes = new ArrayList<>();
        for (String builder : builders) {
            List<Row> made = session.rows(
                    "cli/submit",
                    Parameters.of(
                            "builder",
                            builder,
                            "properties",
                            json(),
                            "priority",
                            priority,
                            "reason",
                            why == null ? "submitted with quorate" : why,
                            "count",
                            count));
            for (Row row : made) {
                ids.add((int) row.number("id"));
                outcomes.add(outcome(row.text("id"), "queued", builder).with("id", row.number("id")));
            }
        }
        return outcomes;
    }

    @Override
    protected boolean waits() {
        return wait;
    }

    @Override
    protected int await(Session session, Printer printer, List<Row> outcomes) {
        unoffered.forEach(builder -> console.note("no open master offers " + Text.printable(builder)
                + " now: what is queued waits until one does; see quorate builders"));
        if (!wait) {
            return Exit.OK;
        }
        int exit = waitFor(
                session,
                ids.size() + " buildrequests are complete",
                () -> states(session).stream().allMatch(row -> row.text("state").equals("complete")));
        List<Row> states = states(session);
        if (!printer.isJson()) {
            printer.table(STATES, states, session.now());
        } else {
            printer.list("RequestList", STATES, states, session.now());
        }
        boolean well =
                states.stream().allMatch(row -> List.of("success", "warnings").contains(row.text("results")));
        return exit != Exit.OK ? exit : well ? Exit.OK : Exit.ERROR;
    }

    private List<Row> states(Session session) {
        return session.rows("cli/states", Parameters.of("ids", ids.toArray(Integer[]::new)));
    }

    /** Returns the properties as JSON. Their values stay text, as with Buildbot's own forms. */
    private String json() {
        Map<String, String> named = new LinkedHashMap<>();
        for (String property : properties) {
            int equals = property.indexOf('=');
            if (equals < 1) {
                throw Failure.usage(
                        "'" + Text.shortened(Text.printable(property), 40) + "' is no property: write -p name=value");
            }
            named.put(property.substring(0, equals), property.substring(equals + 1));
        }
        return named.entrySet().stream()
                .map(entry -> quoted(entry.getKey()) + ":" + quoted(entry.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
    }

    private static String quoted(String text) {
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }
}
