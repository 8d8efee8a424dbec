package org.quorate.cli.doctor;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.quorate.cli.connection.Session;
import org.quorate.cli.connection.Target;
import org.quorate.cli.frame.AliveMasters;
import org.quorate.cli.frame.ClusterOptions;
import org.quorate.cli.frame.DatabaseRecord;
import org.quorate.cli.health.HealthReading;
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
        description = {
            "Check both stores and the cluster in them, and print how to mend each fault.",
            "",
            "The exit code is 1 if there is a fault, and 6 if a store does not answer."
        })
public final class Doctor implements Callable<Integer> {
    private static final Table TABLE = Table.of("CHECK:check", "RESULT:result", "DETAIL:detail");

    @Mixin
    private final ClusterOptions clusterOptions = new ClusterOptions();

    @Mixin
    private final OutputOptions outputOptions = new OutputOptions();

    private final Console console;

    public Doctor(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        Target target = clusterOptions.target(console);
        Printer printer = new Printer(console, outputOptions, clusterOptions.colours(console));
        return outputOptions.show(console, () -> look(target, printer));
    }

    private int look(Target target, Printer printer) {
        List<Finding> findings = new ArrayList<>();
        boolean silent = false;
        Target named = target;
        Optional<DoctorOfIdentity> identity = Optional.empty();
        Optional<HealthReading> reading = Optional.empty();
        try (Session session = Session.connect(target, clusterOptions.patience())) {
            identity = examine(session, findings);
            if (identity.isPresent()) {
                reading = Optional.of(HealthReading.of(session));
            }
            named = session.target();
        } catch (Failure e) {
            silent = e.exit() == Exit.UNREACHABLE;
            findings.add(new Finding(
                    "PostgreSQL",
                    Finding.Result.FAIL,
                    String.valueOf(e.getMessage()),
                    "start PostgreSQL, or correct --database, --user or --password-file"));
        }
        AliveMasters aliveMasters = AliveMasters.askWithPairing(named, clusterOptions.patience());
        reading.ifPresent(read -> findings.addAll(DoctorOfHealth.examine(read, aliveMasters)));
        findings.addAll(
                DoctorOfZooKeeper.examine(aliveMasters, named.zookeeper().orElse("")));
        if (identity.isPresent() && aliveMasters.members().isPresent()) {
            findings.addAll(identity.get()
                    .examine(aliveMasters.pairing(), aliveMasters.members().get()));
        }
        silent |= aliveMasters.asked() && aliveMasters.members().isEmpty();
        print(printer, findings);
        boolean sick = findings.stream().anyMatch(finding -> finding.result() == Finding.Result.FAIL);
        return silent ? Exit.UNREACHABLE : sick ? Exit.ERROR : Exit.OK;
    }

    /** Returns what is to be compared with ZooKeeper; empty if there is no schema to read it from. */
    private static Optional<DoctorOfIdentity> examine(Session session, List<Finding> findings) {
        findings.addAll(new DoctorOfServer(session).examine());
        findings.addAll(new DoctorOfLocks(session).examine());
        try {
            session.requireSchema();
        } catch (Failure e) {
            findings.add(new Finding("schema", Finding.Result.FAIL, String.valueOf(e.getMessage()), Session.MAKING));
            return Optional.empty();
        }
        findings.addAll(new DoctorOfCluster(session).examine());
        return Optional.of(new DoctorOfIdentity(
                DatabaseRecord.of(session),
                session.rows("cli/masters", Map.of()),
                session.row("cli/cluster", Map.of()).text("leader")));
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
