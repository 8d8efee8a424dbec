package org.quorate.cli.verify;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.connection.Parameters;
import org.quorate.cli.connection.Session;
import org.quorate.cli.frame.HistoryWindow;
import org.quorate.cli.output.Console;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.Row;
import org.quorate.config.Secret;
import org.quorate.time.Deadline;

/** Makes certificates of a database's history and writes them to files. One thread. */
final class Certification {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

    private final Session session;
    private final Console console;
    private final @Nullable Secret key;

    Certification(Session session, Console console, Optional<Secret> key) {
        this.session = session;
        this.console = console;
        this.key = key.orElse(null);
    }

    /**
     * Waits until no open transaction can commit history of before this time. Such a transaction would change the
     * window after the certificate was made.
     */
    void settle(Instant until, Duration patience) {
        Deadline end = Deadline.after(patience, console.nanoTime().getAsLong());
        Map<String, String> open = writers(until);
        Set<String> first = new HashSet<>(open.keySet());
        while (!open.isEmpty()) {
            if (end.isOver(console.nanoTime().getAsLong()) || !pause()) {
                throw new Failure(
                        Exit.TIMED_OUT,
                        "history of before " + until + " may still be committed by the session of process "
                                + String.join(", ", open.values())
                                + ": try again when its transaction has ended, or certify an older window with"
                                + " --until");
            }
            open = writers(until);
            open.keySet().retainAll(first);
        }
    }

    private boolean pause() {
        try {
            return console.pause().take(LOOK_AGAIN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Returns the open transactions: transaction to the process that serves it. */
    private Map<String, String> writers(Instant until) {
        return session.rows("verify/writers", Parameters.of("until", until)).stream()
                .collect(Collectors.toMap(row -> row.text("transaction"), row -> row.text("pid")));
    }

    /**
     * Makes the certificate of a window that has an end. The caller holds the snapshot in which the checks were made.
     */
    Certificate certify(HistoryWindow window, List<Row> checks) {
        Row identity = session.row("verify/identity", Map.of());
        ObjectNode facts = JsonNodeFactory.instance.objectNode();
        facts.put("apiVersion", "quorate/v1");
        for (String what : List.of("cluster", "cluster_uuid", "database", "system_identifier")) {
            facts.put(what, identity.text(what));
        }
        facts.put("schema_version", identity.number("schema_version"));
        ObjectNode asked = facts.putObject("window");
        put(asked, "since", window.since());
        put(asked, "until", window.until());
        HistoryDigest digest = digest(session, window);
        ObjectNode history = facts.putObject("history");
        history.put("rows", digest.rows());
        history.put("sha256", digest.hex());
        put(history, "kept_since", identity.time("kept_since"));
        ObjectNode results = facts.putObject("checks");
        checks.forEach(check -> results.put(check.text("check"), check.text("result")));
        facts.put("verified", checks.stream().allMatch(Invariants::holds));
        return Certificate.of(facts, Optional.ofNullable(key));
    }

    private static void put(ObjectNode node, String name, @Nullable Instant time) {
        node.put(name, time == null ? null : time.toString());
    }

    static HistoryDigest digest(Session session, HistoryWindow window) {
        HistoryDigest digest = new HistoryDigest();
        session.each("verify/history", window.parameters(), digest::add);
        return digest;
    }

    /** Writes a new file. An existing file is not overwritten, since it may be an older certificate. */
    static void write(Certificate certificate, String file) {
        try {
            Files.writeString(
                    Path.of(file), certificate.text() + "\n", StandardCharsets.UTF_8, StandardOpenOption.CREATE_NEW);
        } catch (FileAlreadyExistsException e) {
            throw new Failure(
                    Exit.REFUSED, file + " exists already, and a certificate overwrites no file: name a new file", e);
        } catch (IOException | InvalidPathException e) {
            throw Failure.usage(file + " cannot be written: " + e.getMessage());
        }
    }
}
