package org.quorate.cli.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.connection.Session;
import org.quorate.cli.connection.Target;
import org.quorate.cli.frame.AliveMasters;
import org.quorate.cli.frame.ClusterOptions;
import org.quorate.cli.health.HealthReading;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.OutputOptions;
import org.quorate.cli.output.Printer;
import org.quorate.cli.output.Row;
import org.quorate.cli.output.Text;
import org.quorate.health.Health;
import org.quorate.health.Lack;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * {@code quorate status}. It asks both stores at the same time, so that it has an answer also if one of them is down.
 */
@Command(
        name = "status",
        description = {
            "Show the cluster at a glance: what it cannot do now, its leader, the masters and the queue.",
            "",
            "The first line has the mode. NORMAL: all work can be done. IMPAIRED: some work waits, and the line says"
                    + " which and why. HALTED: no build is started at all. Other modes name the store that does not"
                    + " answer. The leader is the master whose agent is the housekeeper, which fails dead masters"
                    + " over.",
            "",
            "A check for cron or a monitor needs the exit code only: 0 is NORMAL, 8 is IMPAIRED or HALTED, 6 is a store"
                    + " that does not answer. Example: quorate status >/dev/null || mail -s quorate ops </dev/null"
        })
public class Status implements Callable<Integer> {
    private static final String NORMAL = "NORMAL";

    @Mixin
    private final ClusterOptions clusterOptions = new ClusterOptions();

    @Mixin
    private final OutputOptions outputOptions = new OutputOptions();

    private final Console console;

    public Status(Console console) {
        this.console = console;
    }

    /** The answer of the database. */
    private record Answer(Target target, HealthReading health, Row totals, Instant now) {
        Row cluster() {
            return health.cluster();
        }

        List<Row> masters() {
            return health.masters();
        }
    }

    /** Returns the mode in which the cluster works: the store that is down, or else the worst lack. */
    private static String mode(boolean database, AliveMasters aliveMasters, List<Lack> lacks) {
        boolean silent = aliveMasters.asked() && aliveMasters.members().isEmpty();
        if (database) {
            String well = aliveMasters.asked() ? NORMAL : "DATABASE UP, ZOOKEEPER NOT ASKED";
            return silent
                    ? "ZOOKEEPER DOWN"
                    : Health.worst(lacks).map(Lack.Grade::name).orElse(well);
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
        List<Lack> lacks = answer == null
                ? HealthReading.lacksWithoutDatabase(aliveMasters)
                : answer.health().lacks(aliveMasters);
        print(printer, target, Optional.ofNullable(answer), aliveMasters, lacks);
        if (failure != null) {
            console.note(String.valueOf(failure.getMessage()));
        }
        if (!aliveMasters.complaint().isEmpty()) {
            console.note(aliveMasters.complaint());
        }
        if (failure != null || !aliveMasters.complaint().isEmpty()) {
            return Exit.UNREACHABLE;
        }
        return lacks.isEmpty() ? Exit.OK : Exit.IMPAIRED;
    }

    private Answer read(Target target) {
        try (Session session = Session.open(target, clusterOptions.patience())) {
            return new Answer(
                    session.target(), HealthReading.of(session), session.row("cli/totals", Map.of()), session.now());
        }
    }

    private static void print(
            Printer printer, Target target, Optional<Answer> answer, AliveMasters aliveMasters, List<Lack> lacks) {
        String mode = mode(answer.isPresent(), aliveMasters, lacks);
        String name = answer.map(known -> known.cluster().text("name"))
                .or(target::cluster)
                .orElse("?");
        if (printer.isJson()) {
            printer.print(json(printer, name, mode, answer, aliveMasters, lacks));
            return;
        }
        head(printer, Text.printable(name) + "  mode " + mode, facts(answer, aliveMasters), mode, lacks);
        answer.ifPresent(known -> {
            printer.table(Masters.TABLE, Masters.joined(known.masters(), aliveMasters), known.now());
            printer.line(totals(known));
            known.health().heldParts().forEach(line -> printer.sentence(Text.printable(line), false));
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

    /** Prints what cannot be done in the first line, and the facts in the next. */
    private static void head(Printer printer, String first, String facts, String mode, List<Lack> lacks) {
        boolean graded = Health.worst(lacks).map(Lack.Grade::name).equals(Optional.of(mode));
        List<String> sentences =
                lacks.stream().map(lack -> Text.printable(lack.what())).toList();
        if (graded) {
            printer.sentence(first + ": " + sentences.get(0), true);
        } else {
            boolean well = mode.equals(NORMAL) || mode.startsWith("DATABASE UP");
            printer.line((well ? first : printer.alarming(first)) + (facts.isEmpty() ? "" : "  " + facts));
        }
        sentences.stream().skip(graded ? 1 : 0).forEach(sentence -> printer.sentence("also: " + sentence, true));
        if (graded) {
            printer.line(facts);
        }
    }

    private static String facts(Optional<Answer> answer, AliveMasters aliveMasters) {
        return Stream.of(
                        answer.map(Status::leader),
                        answer.map(known -> "schema " + known.cluster().text("schema_version")),
                        aliveMasters.members().map(members -> "alive " + members.size()))
                .flatMap(Optional::stream)
                .collect(Collectors.joining("  "));
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
            Printer printer,
            String name,
            String mode,
            Optional<Answer> answer,
            AliveMasters aliveMasters,
            List<Lack> lacks) {
        ObjectNode document = printer.document("Status");
        document.put("cluster", name);
        document.put("mode", mode);
        document.put("database", answer.isPresent() ? "up" : "down");
        document.put(
                "zookeeper",
                !aliveMasters.asked() ? "not asked" : aliveMasters.members().isPresent() ? "up" : "down");
        ArrayNode cannot = document.putArray("cannot");
        lacks.forEach(lack -> cannot.addObject()
                .put("subject", lack.subject().name().toLowerCase(Locale.ROOT))
                .put("grade", lack.grade().name())
                .put("what", lack.what())
                .put("mend", lack.mend()));
        answer.ifPresent(known -> {
            known.cluster().values().forEach((key, value) -> {
                if (!key.equals("name")) {
                    document.set(key, Printer.node(known.cluster()).get(key));
                }
            });
            ArrayNode masters = document.putArray("masters");
            Masters.joined(known.masters(), aliveMasters).forEach(row -> masters.add(Printer.node(row)));
            ArrayNode holds = document.putArray("holds");
            known.health().holds().forEach(row -> holds.add(Printer.node(row)));
            document.set("totals", Printer.node(known.totals()));
        });
        return document;
    }
}
