package org.quorate.cli.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.connection.Parameters;
import org.quorate.cli.connection.Session;
import org.quorate.cli.connection.Target;
import org.quorate.cli.frame.ClusterOptions;
import org.quorate.cli.frame.HistoryKinds;
import org.quorate.cli.frame.Limits;
import org.quorate.cli.frame.Names;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.DurationConverter;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.OutputOptions;
import org.quorate.cli.output.Printer;
import org.quorate.cli.output.Row;
import org.quorate.cli.output.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "history", description = "Show what happened, by whom and why; oldest first.")
public final class History implements Callable<Integer> {
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);
    private static final Table TABLE = Table.of(
            "TIME:at:time",
            "WHAT:kind",
            "REQUEST:request:number",
            "SCHEDULER:scheduler",
            "MASTER:master",
            "EPOCH:epoch:number",
            "TERM:term:number",
            "LEADER-EPOCH:leader_epoch:number:wide",
            "RESULT:results",
            "OCCASION:occasion:wide",
            "ATTEMPT:attempt:wide",
            "ACTOR:actor",
            "WHY:why");

    @Mixin
    private final ClusterOptions clusterOptions = new ClusterOptions();

    @Mixin
    private final OutputOptions outputOptions = new OutputOptions();

    @Option(
            names = "--since",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "The events of the last TIME (1d).")
    private Duration since = Duration.ofDays(1);

    @Option(names = "--master", paramLabel = "NAME", description = "Only events of this master.")
    private @Nullable String master;

    @Option(names = "--request", paramLabel = "ID", description = "Only events of this buildrequest.")
    private @Nullable Integer request;

    @Option(
            names = "--kind",
            paramLabel = "KIND",
            split = ",",
            description =
                    "Only events of these kinds, separated by commas: register, resume, leave, lead, fence, claim,"
                            + " complete, release, own, disown, tick, submit, cancel, reprioritize, drain, undrain,"
                            + " move, enable, disable, restart, identity, hold, lift.")
    private List<String> kinds = new ArrayList<>();

    @Option(names = "--limit", paramLabel = "N", description = "Show at most N, the newest (100).")
    private int limit = 100;

    @Option(names = "--follow", description = "Then print new events, until interrupted.")
    private boolean follow;

    private final Console console;

    public History(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        Limits.require("--limit", limit, 1, 1_000_000);
        HistoryKinds.require(kinds);
        Target target = clusterOptions.target(console);
        Printer printer = new Printer(console, outputOptions, clusterOptions.colours(console));
        try (Session session = Session.open(target, clusterOptions.patience())) {
            if (master != null) {
                Names.of(session).require("master", master);
            }
            return follow ? follow(session, printer) : outputOptions.show(console, () -> look(session, printer));
        }
    }

    private int look(Session session, Printer printer) {
        printer.list("HistoryList", TABLE, newest(session), session.now());
        return Exit.OK;
    }

    private List<Row> newest(Session session) {
        Map<String, @Nullable Object> parameters = parameters();
        parameters.put("since_seconds", (double) since.toSeconds());
        parameters.put("limit", limit + 1);
        List<Row> rows = session.rows("cli/history", parameters);
        if (rows.size() <= limit) {
            return rows;
        }
        console.note("only the newest " + limit + " are shown: to see more give --limit");
        return rows.subList(1, rows.size());
    }

    private Map<String, @Nullable Object> parameters() {
        return Parameters.of(
                "master", master, "request", request, "kinds", kinds.isEmpty() ? null : kinds.toArray(String[]::new));
    }

    /** Reads the last seconds again each time, since rows may become visible out of the order of their numbers. */
    private int follow(Session session, Printer printer) throws InterruptedException {
        Set<Long> shown = new HashSet<>();
        long floor = show(printer, newest(session), shown, session, true);
        while (console.pause().take(LOOK_AGAIN)) {
            Map<String, @Nullable Object> parameters = parameters();
            parameters.put("seq", floor);
            List<Row> news = session.rows("cli/history_after", parameters).stream()
                    .filter(row -> !shown.contains(row.number("seq")))
                    .toList();
            show(printer, news, shown, session, false);
        }
        return Exit.OK;
    }

    /** Returns the number from which to read again: rows with greater numbers may still become visible. */
    private long show(Printer printer, List<Row> rows, Set<Long> shown, Session session, boolean head) {
        if (printer.isJson()) {
            rows.forEach(row -> {
                ObjectNode document = printer.document("HistoryEvent");
                document.setAll(Printer.node(row));
                printer.print(document);
            });
        } else if (head || !rows.isEmpty()) {
            List<String> lines = TABLE.lines(rows, outputOptions.isWide(), session.now());
            lines.subList(head ? 0 : 1, lines.size()).forEach(printer::line);
        }
        console.out().flush();
        rows.forEach(row -> shown.add(row.number("seq")));
        return Math.max(
                0, rows.stream().mapToLong(row -> row.number("seq")).min().orElse(1) - 1);
    }
}
