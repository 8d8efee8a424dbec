package org.quorate.acceptance;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.ArchiveEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** A Debian package that was made by this build. */
record DebianPackage(Path file) {
    /** Handles one entry of a package and its content. */
    private interface Visitor {
        void visit(TarArchiveEntry entry, InputStream content) throws IOException;
    }

    /** Returns the one package of this name, whatever its version and architecture. */
    static DebianPackage named(String name) {
        try (Stream<Path> files = Files.list(Path.of("target"))) {
            List<Path> found = files.filter(
                            file -> file.getFileName().toString().matches(name + "_[^_]+_[^_]+\\.deb"))
                    .toList();
            if (found.size() != 1) {
                throw new AssertionError("one package " + name + " is expected in target, not " + found);
            }
            return new DebianPackage(found.get(0));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the entries that the package installs, by path; the path of a folder ends with a slash. */
    Map<String, TarArchiveEntry> content() {
        Map<String, TarArchiveEntry> content = new LinkedHashMap<>();
        read("data.tar.gz", (entry, in) -> content.put(path(entry), entry));
        return content;
    }

    /**
     * Returns the fields of the package, for example {@code Depends} with {@code quorate (= 0.1.0)}. Of a description
     * only the first line is included.
     */
    Map<String, String> control() {
        Map<String, String> fields = new LinkedHashMap<>();
        read("control.tar.gz", (entry, in) -> {
            if (path(entry).equals("/control")) {
                new String(in.readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .filter(line -> !line.startsWith(" "))
                        .map(line -> line.split(": ", 2))
                        .forEach(field -> fields.put(field[0], field[1]));
            }
        });
        return fields;
    }

    /** Unpacks the content of the package below this folder. */
    void unpack(Path root) {
        read("data.tar.gz", (entry, in) -> {
            Path target = root.resolve(path(entry).substring(1));
            if (entry.isDirectory()) {
                Files.createDirectories(target);
                return;
            }
            Files.createDirectories(target.getParent());
            if (entry.isSymbolicLink()) {
                Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
            } else {
                Files.copy(in, target, StandardCopyOption.REPLACE_EXISTING);
                target.toFile().setExecutable((entry.getMode() & 0111) != 0);
            }
        });
    }

    private static String path(TarArchiveEntry entry) {
        return entry.getName().replaceFirst("^\\.?/?", "/");
    }

    private void read(String member, Visitor visitor) {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file));
                ArArchiveInputStream parts = new ArArchiveInputStream(in)) {
            for (ArchiveEntry part = parts.getNextEntry(); part != null; part = parts.getNextEntry()) {
                if (part.getName().startsWith(member)) {
                    TarArchiveInputStream entries = new TarArchiveInputStream(new GZIPInputStream(parts));
                    for (TarArchiveEntry e = entries.getNextEntry(); e != null; e = entries.getNextEntry()) {
                        visitor.visit(e, entries);
                    }
                    return;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new AssertionError("no " + member + " in " + file);
    }
}
