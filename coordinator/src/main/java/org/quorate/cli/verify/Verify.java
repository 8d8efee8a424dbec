package org.quorate.cli.verify;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.HistoryWindow;
import org.quorate.cli.frame.ReadCommand;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.DurationConverter;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.Printer;
import org.quorate.cli.output.Row;
import org.quorate.cli.output.Table;
import org.quorate.config.Secret;
import org.quorate.config.SecretFile;
import org.quorate.config.Unreadable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs every check on one snapshot. The checks only read, and are limited in time. */
@Command(
        name = "verify",
        description = {
            "Check from the tables and the history that no invariant was violated.",
            "",
            "The exit code is 7 if one was."
        })
public final class Verify extends ReadCommand {
    private static final Table TABLE = Table.of("CHECK:check", "RESULT:result", "PROMISE:promise", "DETAIL:detail");

    @Option(
            names = "--since",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "Check the history of the last TIME only (all).")
    private @Nullable Duration since;

    @Option(
            names = "--until",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "Check only the history that is older than TIME, and not the present tables (no limit).")
    private @Nullable Duration until;

    @Option(
            names = "--certificate",
            paramLabel = "FILE",
            description = "Write the results, with a hash over that history, into this new file.")
    private @Nullable String certificate;

    @Option(
            names = "--check",
            paramLabel = "FILE",
            description = "Compare a certificate with the history. The exit code is 7 if either was changed.")
    private @Nullable String check;

    @Option(
            names = "--key-file",
            paramLabel = "FILE",
            description = "File with a secret key. It signs the certificate, or checks its signature.")
    private @Nullable String keyFile;

    public Verify(Console console) {
        super(console);
    }

    @Override
    public Integer call() throws Exception {
        requireOnePurpose();
        return super.call();
    }

    private void requireOnePurpose() {
        if (check != null && (since != null || until != null || certificate != null)) {
            throw Failure.usage(
                    "--check takes its window from the certificate: leave --since, --until and --certificate out");
        }
        if (since != null && until != null && since.compareTo(until) <= 0) {
            throw Failure.usage("the window ends before it begins: --since must be longer ago than --until");
        }
        if (keyFile != null && check == null && certificate == null) {
            throw Failure.usage("--key-file is for --certificate and --check");
        }
    }

    @Override
    protected int look(Session session, Printer printer) {
        return check == null
                ? verify(session, printer)
                : Recheck.of(check, key()).look(session, printer);
    }

    private Optional<Secret> key() {
        if (keyFile == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(SecretFile.read(keyFile));
        } catch (Unreadable e) {
            throw Failure.usage("--key-file " + keyFile + " " + e.getMessage());
        }
    }

    private int verify(Session session, Printer printer) {
        Instant now = session.now();
        HistoryWindow asked = new HistoryWindow(back(now, since), back(now, until));
        String file = certificate;
        if (file == null) {
            return print(session.snapshot(() -> Invariants.check(session, asked)), session, printer);
        }
        Certification certification = new Certification(session, console, key());
        Instant end = asked.until() == null ? now : asked.until();
        certification.settle(end, clusterOptions.patience());
        return session.snapshot(() -> {
            List<Row> checks = Invariants.check(session, asked);
            Certification.write(certification.certify(new HistoryWindow(asked.since(), end), checks), file);
            return print(checks, session, printer);
        });
    }

    /** Returns the instant by the database's clock. */
    private static @Nullable Instant back(Instant now, @Nullable Duration span) {
        return span == null ? null : now.minus(span);
    }

    private static int print(List<Row> checks, Session session, Printer printer) {
        long broken = checks.stream().filter(check -> !Invariants.holds(check)).count();
        if (printer.isJson()) {
            ObjectNode document = printer.document("Verification");
            document.put("verified", broken == 0);
            ArrayNode items = document.putArray("items");
            checks.forEach(row -> items.add(Printer.node(row)));
            printer.print(document);
        } else {
            printer.table(TABLE, checks, session.now());
            printer.line(broken == 0 ? "VERIFIED" : printer.alarming("VIOLATED: " + broken + " of " + checks.size()));
        }
        return broken == 0 ? Exit.OK : Exit.VIOLATION;
    }
}
