package org.quorate.cli.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.connection.Session;
import org.quorate.cli.connection.Target;
import org.quorate.cli.frame.AliveMasters;
import org.quorate.cli.frame.ClusterOptions;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.OutputOptions;
import org.quorate.cli.output.Printer;
import org.quorate.cli.output.Row;
import org.quorate.cli.output.Text;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * {@code quorate status}. It asks both stores at the same time, so that it has an answer also if one of them is down.
 */
@Command(
        name = "status",
        description = {
            "Show the cluster at a glance: its mode, its leader, the masters and the queue.",
            "",
            "The mode shows which stores answer. It is NORMAL even if no master is alive or all are drained. The"
                    + " leader is the master whose agent is the housekeeper, which fails dead masters over."
        })
public class Status implements Callable<Integer> {
    @Mixin
    private final ClusterOptions clusterOptions = new ClusterOptions();

    @Mixin
    private final OutputOptions outputOptions = new OutputOptions();

    private final Console console;

    public Status(Console console) {
        this.console = console;
    }

    /** The answer of the database. */
    private record Answer(Target target, Row cluster, List<Row> masters, Row totals, Instant now) {}

    /** Returns the mode in which the cluster works while its stores answer like this. */
    private static String mode(boolean database, AliveMasters aliveMasters) {
        boolean silent = aliveMasters.asked() && aliveMasters.members().isEmpty();
        if (database) {
            return silent ? "ZOOKEEPER DOWN" : aliveMasters.asked() ? "NORMAL" : "DATABASE UP, ZOOKEEPER NOT ASKED";
        }
        return silent ? "BOTH DOWN" : aliveMasters.asked() ? "DATABASE DOWN" : "DATABASE DOWN, ZOOKEEPER NOT ASKED";
    }

    @Override
    public Integer call() throws Exception {
        Target target = clusterOptions.target(console);
        Printer printer = new Printer(console, outputOptions, clusterOptions.colours(console));
        return outputOptions.show(console, () -> look(target, printer));
    }

    private int look(Target target, Printer printer) {
        @Nullable Answer answer = null;
        @Nullable Failure failure = null;
        @Nullable CompletableFuture<AliveMasters> early =
                target.cluster().isPresent() ? AliveMasters.start(target, clusterOptions.patience()) : null;
        try {
            answer = read(target);
        } catch (Failure e) {
            if (e.exit() != Exit.UNREACHABLE && e.exit() != Exit.TIMED_OUT) {
                throw e;
            }
            failure = e;
        }
        AliveMasters aliveMasters = early != null
                ? early.join()
                : AliveMasters.ask(answer == null ? target : answer.target(), clusterOptions.patience());
        print(printer, target, Optional.ofNullable(answer), aliveMasters);
        if (failure != null) {
            console.note(String.valueOf(failure.getMessage()));
        }
        if (!aliveMasters.complaint().isEmpty()) {
            console.note(aliveMasters.complaint());
        }
        return failure != null || !aliveMasters.complaint().isEmpty() ? Exit.UNREACHABLE : Exit.OK;
    }

    private Answer read(Target target) {
        try (Session session = Session.open(target, clusterOptions.patience())) {
            return new Answer(
                    session.target(),
                    session.row("cli/cluster", Map.of()),
                    session.rows("cli/masters", Map.of()),
                    session.row("cli/totals", Map.of()),
                    session.now());
        }
    }

    private static void print(Printer printer, Target target, Optional<Answer> answer, AliveMasters aliveMasters) {
        String mode = mode(answer.isPresent(), aliveMasters);
        String name = answer.map(known -> known.cluster().text("name"))
                .or(target::cluster)
                .orElse("?");
        if (printer.isJson()) {
            printer.print(json(printer, name, mode, answer, aliveMasters));
            return;
        }
        String shown = "mode " + mode;
        boolean well = mode.equals("NORMAL") || mode.startsWith("DATABASE UP");
        printer.line(Text.printable(name) + "  " + (well ? shown : printer.alarming(shown))
                + answer.map(known -> "  " + leader(known) + "  schema "
                                + known.cluster().text("schema_version"))
                        .orElse("")
                + aliveMasters
                        .members()
                        .map(members -> "  alive " + members.size())
                        .orElse(""));
        answer.ifPresent(known -> {
            printer.table(Masters.TABLE, Masters.joined(known.masters(), aliveMasters), known.now());
            Masters.troubles(known.masters()).forEach(line -> printer.line(printer.alarming(Text.printable(line))));
            printer.line(totals(known));
            replaced(known).ifPresent(printer::line);
        });
        if (answer.isEmpty()) {
            aliveMasters
                    .members()
                    .ifPresent(members -> members.values()
                            .forEach(member -> printer.line("alive " + Text.printable(member.name()) + " on "
                                    + Text.printable(member.host()) + ", epoch " + member.epoch())));
        }
    }

    private static String leader(Answer known) {
        Row cluster = known.cluster();
        return cluster.has("leader")
                ? "leader " + Text.printable(cluster.text("leader")) + " (leader epoch " + cluster.text("leader_epoch")
                        + ")"
                : "leader none";
    }

    private static String totals(Answer known) {
        Row totals = known.totals();
        Instant oldest = totals.time("oldest_pending_at");
        return "requests  pending " + totals.text("pending")
                + (oldest == null ? "" : " (oldest " + Text.age(oldest, known.now()) + ")") + "  running "
                + totals.text("running") + "    schedulers " + totals.text("owned") + " owned, "
                + totals.text("orphaned") + " without owner"
                + (totals.number("set_aside") == 0 ? "" : "    set aside " + totals.text("set_aside"));
    }

    private static Optional<String> replaced(Answer known) {
        return Optional.ofNullable(known.cluster().time("replaced_at"))
                .map(at -> "database  promoted, restored or paired " + Text.age(at, known.now())
                        + " ago, on timeline " + known.cluster().text("timeline")
                        + ": quorate history --kind identity");
    }

    private static ObjectNode json(
            Printer printer, String name, String mode, Optional<Answer> answer, AliveMasters aliveMasters) {
        ObjectNode document = printer.document("Status");
        document.put("cluster", name);
        document.put("mode", mode);
        document.put("database", answer.isPresent() ? "up" : "down");
        document.put(
                "zookeeper",
                !aliveMasters.asked() ? "not asked" : aliveMasters.members().isPresent() ? "up" : "down");
        answer.ifPresent(known -> {
            known.cluster().values().forEach((key, value) -> {
                if (!key.equals("name")) {
                    document.set(key, Printer.node(known.cluster()).get(key));
                }
            });
            ArrayNode masters = document.putArray("masters");
            Masters.joined(known.masters(), aliveMasters).forEach(row -> masters.add(Printer.node(row)));
            document.set("totals", Printer.node(known.totals()));
        });
        return document;
    }
}
