package org.quorate.cli.doctor;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
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
import org.quorate.cli.output.Table;
import org.quorate.cli.output.Text;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "doctor",
        description =
                "Examine both stores and what lies in them, and say how to mend each fault; exit code 1 if there is one.")
public final class Doctor implements Callable<Integer> {
    private static final Table TABLE = Table.of("CHECK:check", "RESULT:result", "DETAIL:detail");

    @Mixin
    private final ClusterOptions where = new ClusterOptions();

    @Mixin
    private final OutputOptions view = new OutputOptions();

    private final Console console;

    public Doctor(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        Target target = where.target(console);
        Printer printer = new Printer(console, view, where.colours(console));
        return view.show(console, () -> look(target, printer));
    }

    private int look(Target target, Printer printer) {
        List<Finding> findings = new ArrayList<>();
        boolean silent = false;
        Target named = target;
        Optional<UUID> ours = Optional.empty();
        try (Session session = Session.connect(target, where.patience())) {
            ours = examine(session, findings);
            named = session.target();
        } catch (Failure e) {
            silent = e.exit() == Exit.UNREACHABLE;
            findings.add(new Finding(
                    "PostgreSQL",
                    Finding.Result.FAIL,
                    String.valueOf(e.getMessage()),
                    "start it, or mend the address"));
        }
        AliveMasters living = AliveMasters.ask(named, where.patience(), ours);
        findings.addAll(DoctorOfZooKeeper.examine(living, named.zookeeper().orElse(""), ours));
        silent |= living.asked() && living.members().isEmpty();
        print(printer, findings);
        boolean sick = findings.stream().anyMatch(finding -> finding.result() == Finding.Result.FAIL);
        return silent ? Exit.UNREACHABLE : sick ? Exit.ERROR : Exit.OK;
    }

    /** Answers the cluster's uuid; empty where there is no schema to read it from. */
    private static Optional<UUID> examine(Session session, List<Finding> findings) {
        findings.addAll(new DoctorOfServer(session).examine());
        try {
            session.requireSchema();
        } catch (Failure e) {
            findings.add(new Finding("schema", Finding.Result.FAIL, String.valueOf(e.getMessage()), Session.MAKING));
            return Optional.empty();
        }
        findings.addAll(new DoctorOfCluster(session).examine());
        return Optional.of(UUID.fromString(session.row("cli/cluster", Map.of()).text("cluster_uuid")));
    }

    private void print(Printer printer, List<Finding> findings) {
        List<Row> rows = findings.stream().map(Finding::row).toList();
        if (printer.isJson()) {
            printer.list("FindingList", TABLE, rows, Instant.EPOCH);
            return;
        }
        List<String> lines = TABLE.lines(rows, true, Instant.EPOCH);
        printer.line(lines.get(0));
        for (int i = 0; i < findings.size(); i++) {
            Finding finding = findings.get(i);
            String line = lines.get(i + 1);
            printer.line(finding.result() == Finding.Result.FAIL ? printer.alarming(line) : line);
            if (!finding.fix().isEmpty()) {
                printer.line("    fix: " + Text.printable(finding.fix()));
            }
        }
    }
}
