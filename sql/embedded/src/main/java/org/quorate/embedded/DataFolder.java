package org.quorate.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The folder of an embedded PostgreSQL: {@code data}, {@code password} and {@code postgres.log}. */
final class DataFolder {
    static final String USER = "postgres";

    private final Path folder;
    private final Path binaries;
    private final Privilege privilege;

    DataFolder(Path folder, Path binaries, Privilege privilege) {
        this.folder = folder.toAbsolutePath().normalize();
        this.binaries = binaries;
        this.privilege = privilege;
    }

    Path data() {
        return folder.resolve("data");
    }

    Path log() {
        return folder.resolve("postgres.log");
    }

    private Path passwordFile() {
        return folder.resolve("password");
    }

    /**
     * Creates a new database cluster, or checks an existing one.
     *
     * @param keep true if data of an earlier start may be reused
     * @param durable true if the files that initdb writes are forced to the disk
     */
    void prepare(boolean keep, boolean durable) {
        try {
            if (Files.exists(data().resolve("PG_VERSION"))) {
                takeUp(keep);
            } else {
                initialize(durable);
            }
        } catch (IOException e) {
            throw new PostgresUnavailable("PostgreSQL's data cannot be prepared in " + folder + ": " + e, e);
        }
    }

    String password() {
        try {
            return Files.readString(passwordFile()).strip();
        } catch (IOException e) {
            throw new PostgresUnavailable(
                    "the password of the data in " + folder + " cannot be read from " + passwordFile() + ": " + e, e);
        }
    }

    void delete() throws IOException {
        Folders.delete(folder);
    }

    private void takeUp(boolean keep) throws IOException {
        if (!keep) {
            throw new PostgresUnavailable(
                    folder + " holds PostgreSQL data of an earlier start; ask to keep it, or delete it");
        }
        String theirs = Files.readString(data().resolve("PG_VERSION")).strip();
        String ours = majorVersion();
        if (!theirs.equals(ours)) {
            throw new PostgresUnavailable("the data in " + folder + " is of PostgreSQL " + theirs
                    + " and these programs are PostgreSQL " + ours + ": dump and restore it, or delete the folder");
        }
    }

    /** Creates the cluster in {@code data.new} and renames it, so that an unfinished one is never in {@code data}. */
    private void initialize(boolean durable) throws IOException {
        Folders.createPrivate(folder);
        try (Stream<Path> inside = Files.list(folder)) {
            List<String> foreign = inside.map(path -> path.getFileName().toString())
                    .filter(name ->
                            !List.of("password", "postgres.log", "data.new").contains(name))
                    .toList();
            if (!foreign.isEmpty()) {
                throw new PostgresUnavailable(folder + " holds other files, such as " + foreign.get(0)
                        + ": give PostgreSQL a folder of its own");
            }
        }
        Path fresh = folder.resolve("data.new");
        Folders.delete(fresh);
        writePassword();
        giveAway(folder);
        giveAway(passwordFile());
        initdb(fresh, durable);
        Files.move(fresh, data(), StandardCopyOption.ATOMIC_MOVE);
    }

    private void writePassword() throws IOException {
        byte[] secret = new byte[24];
        new SecureRandom().nextBytes(secret);
        Files.deleteIfExists(passwordFile());
        Files.createFile(
                passwordFile(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(passwordFile(), HexFormat.of().formatHex(secret) + "\n");
    }

    private void giveAway(Path path) throws IOException {
        if (privilege.account().isPresent()) {
            Privilege.Account account = privilege.account().get();
            Files.setAttribute(path, "unix:uid", account.uid());
            Files.setAttribute(path, "unix:gid", account.gid());
        }
    }

    private void initdb(Path into, boolean durable) throws IOException {
        List<String> words = new ArrayList<>(List.of(
                binaries.resolve("bin/initdb").toString(),
                "--pgdata=" + into,
                "--username=" + USER,
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--auth=scram-sha-256",
                "--pwfile=" + passwordFile(),
                "--data-checksums",
                "--no-instructions"));
        if (!durable) {
            words.add("--no-sync");
        }
        Path output = folder.resolve("postgres.log");
        Process process = ServerProcess.launch(privilege.command(words), folder, output);
        try {
            if (!process.waitFor(120, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new PostgresUnavailable("initdb did not end within 120 s (its output: " + output + ")");
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new PostgresUnavailable("interrupted while initdb ran", e);
        }
        if (process.exitValue() != 0) {
            throw new PostgresUnavailable("initdb failed: " + ServerProcess.lastComplaint(output));
        }
    }

    /** Returns the major version from the program's output, such as {@code postgres (PostgreSQL) 17.11}. */
    private String majorVersion() throws IOException {
        Process process = new ProcessBuilder(privilege.command(
                        List.of(binaries.resolve("bin/postgres").toString(), "--version")))
                .redirectErrorStream(true)
                .start();
        String answer;
        try (var in = process.getInputStream()) {
            answer = new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8).strip();
        }
        String version = answer.substring(answer.lastIndexOf(' ') + 1).toLowerCase(Locale.ROOT);
        return version.contains(".") ? version.substring(0, version.indexOf('.')) : version;
    }
}
