package org.quorate.cli.verify;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.quorate.cli.connection.Session;
import org.quorate.cli.output.Exit;
import org.quorate.cli.output.Failure;
import org.quorate.cli.output.Printer;
import org.quorate.cli.output.Row;
import org.quorate.config.Secret;

/** Compares a certificate with the history that it certifies. One thread. */
final class Recheck {
    private static final long MOST_BYTES = 1 << 20;

    private final Certificate certificate;
    private final String file;
    private final boolean keyed;

    private Recheck(Certificate certificate, String file, boolean keyed) {
        this.certificate = certificate;
        this.file = file;
        this.keyed = keyed;
    }

    /** Reads the file, and rejects one that was edited. */
    static Recheck of(String file, Optional<Secret> key) {
        Certificate certificate = Certificate.read(file, content(file));
        certificate.flaw(key).ifPresent(flaw -> {
            throw new Failure(Exit.VIOLATION, "the certificate " + file + " " + flaw);
        });
        return new Recheck(certificate, file, key.isPresent());
    }

    private static String content(String file) {
        try {
            Path path = Path.of(file);
            if (!Files.isRegularFile(path)) {
                throw Failure.usage(file + " is not a file");
            }
            if (Files.size(path) > MOST_BYTES) {
                throw Failure.usage(file + " is larger than 1 MiB: it is no certificate");
            }
            return Files.readString(path);
        } catch (CharacterCodingException e) {
            throw Failure.usage(file + " is no JSON: it is not UTF-8");
        } catch (IOException | InvalidPathException e) {
            throw Failure.usage(file + " cannot be read: " + e.getMessage());
        }
    }

    /** Recomputes the facts of the certificate and compares them. */
    int look(Session session, Printer printer) {
        session.snapshot(() -> {
            Row identity = session.row("verify/identity", Map.of());
            requireSameCluster(identity);
            requireSameHistory(Certification.digest(session, certificate.window()), identity.time("kept_since"));
            requireSameResults(Invariants.check(session, certificate.window()));
            return true;
        });
        report(printer);
        return Exit.OK;
    }

    private void requireSameCluster(Row identity) {
        if (!identity.text("cluster_uuid").equals(certificate.clusterUuid())) {
            throw new Failure(
                    Exit.REFUSED,
                    "the certificate " + file + " is of the cluster " + certificate.cluster() + " ("
                            + certificate.clusterUuid() + "), this database belongs to " + identity.text("cluster")
                            + " ("
                            + identity.text("cluster_uuid") + ")");
        }
    }

    private void requireSameHistory(HistoryDigest found, @Nullable Instant keptSince) {
        if (found.rows() == certificate.rows() && found.hex().equals(certificate.historyHash())) {
            return;
        }
        String count = found.rows() == certificate.rows()
                ? "its " + found.rows() + " rows are not the same"
                : "it had " + certificate.rows() + " rows and has " + found.rows();
        throw new Failure(
                Exit.VIOLATION,
                "the history " + certificate.window() + " was changed after the certificate " + file + ": " + count
                        + dropped(keptSince));
    }

    /** Returns a remark if days of the history were dropped meanwhile: of all changes this one alone is allowed. */
    private String dropped(@Nullable Instant keptSince) {
        Instant before = certificate.keptSince();
        Instant since = certificate.window().since();
        boolean explains = keptSince != null
                && (before == null || keptSince.isAfter(before))
                && (since == null || since.isBefore(keptSince));
        return explains
                ? "; the days before " + keptSince + " were dropped meanwhile, which may be the whole difference"
                : "";
    }

    /**
     * Requires that each invariant which held for the certificate still holds for the history. The tables have changed
     * since, so they are not compared.
     */
    private void requireSameResults(List<Row> checks) {
        Map<String, String> results = certificate.results();
        List<String> otherwise = checks.stream()
                .filter(check -> !Invariants.holds(check))
                .map(check -> check.text("check"))
                .filter(check -> results.getOrDefault(check, "ok").equals("ok"))
                .toList();
        if (!otherwise.isEmpty()) {
            throw new Failure(
                    Exit.VIOLATION,
                    "the certificate " + file + " certifies " + String.join(", ", otherwise)
                            + ", which its history violates");
        }
    }

    private void report(Printer printer) {
        if (printer.isJson()) {
            ObjectNode document = printer.document("CertificateCheck");
            document.put("unchanged", true);
            document.put("verified", certificate.isVerified());
            document.put("rows", certificate.rows());
            document.put("hmac_checked", keyed);
            printer.print(document);
            return;
        }
        if (certificate.isSigned() && !keyed) {
            printer.line("its hmac_sha256 was not checked: give --key-file to check it");
        }
        printer.line("UNCHANGED: " + certificate.rows() + " rows of history " + certificate.window()
                + ", for which the certificate states " + (certificate.isVerified() ? "VERIFIED" : "VIOLATED"));
    }
}
