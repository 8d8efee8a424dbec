package org.quorate.embedded;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Unpacks PostgreSQL's programs from the archive on the class path into a cache folder, once per version. Several
 * processes may unpack at the same time: each unpacks beside the target, and the first to rename wins.
 */
final class PostgresBinaries {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresBinaries.class);

    private PostgresBinaries() {}

    /** Returns the folder that holds {@code bin/postgres}; unpacks it if it does not exist yet. */
    static Path unpacked(Privilege privilege) {
        try {
            return unpacked(archive(), cacheFolder(privilege), true);
        } catch (IOException e) {
            throw new PostgresUnavailable("PostgreSQL could not be unpacked: " + e, e);
        }
    }

    static URL archive() {
        String archive = archiveName();
        URL url = PostgresBinaries.class.getResource("/" + archive);
        if (url == null) {
            throw new PostgresUnavailable("no PostgreSQL for this platform on the class path: " + archive
                    + " is missing;" + " use a PostgreSQL of your own and give its JDBC URL");
        }
        return url;
    }

    static Path unpacked(URL archive, Path cache, boolean withSystemTar) throws IOException {
        Path target = cache.resolve("postgresql-" + fingerprint(archive));
        if (Files.isDirectory(target)) {
            return target;
        }
        Path fresh = Files.createTempDirectory(
                cache,
                "unpacking-",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        try {
            if (!withSystemTar || !unpackWithTar(archive, fresh)) {
                Folders.deleteContents(fresh);
                unpackInJava(archive, fresh);
            }
            // the umask may have removed permissions
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwxr-xr-x"));
            rename(fresh, target);
        } finally {
            Folders.delete(fresh);
        }
        return target;
    }

    private static void rename(Path fresh, Path target) throws IOException {
        try {
            Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            throw e;
        } catch (IOException e) {
            if (!Files.isDirectory(target)) {
                throw e;
            }
            LOG.debug("another process unpacked {} first", target);
        }
    }

    /** Returns the checksum from the jar's directory, which differs between versions; does not read the archive. */
    private static String fingerprint(URL archive) throws IOException {
        URLConnection connection = archive.openConnection();
        connection.setUseCaches(false);
        if (connection instanceof JarURLConnection jar) {
            try (var file = jar.getJarFile()) {
                var entry = file.getJarEntry(jar.getEntryName());
                return Long.toHexString(entry.getCrc()) + "-" + Long.toHexString(entry.getSize());
            }
        }
        connection.getInputStream().close();
        return Long.toHexString(connection.getLastModified()) + "-"
                + Long.toHexString(connection.getContentLengthLong());
    }

    private static boolean unpackWithTar(URL archive, Path into) throws IOException {
        Process tar;
        try {
            tar = new ProcessBuilder("tar", "-xJf", "-", "-C", into.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            LOG.debug("tar cannot be run: {}", e.toString());
            return false;
        }
        try (InputStream in = archive.openStream();
                OutputStream out = tar.getOutputStream()) {
            in.transferTo(out);
        } catch (IOException e) {
            LOG.debug("tar failed, unpacking in Java: {}", e.toString());
        }
        try {
            return tar.waitFor(60, TimeUnit.SECONDS)
                    && tar.exitValue() == 0
                    && Files.exists(into.resolve("bin/postgres"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PostgresUnavailable("interrupted while unpacking PostgreSQL", e);
        } finally {
            tar.destroyForcibly();
        }
    }

    private static void unpackInJava(URL archive, Path into) throws IOException {
        try (InputStream in = new BufferedInputStream(archive.openStream());
                TarArchiveInputStream tar = new TarArchiveInputStream(new XZCompressorInputStream(in))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                unpack(tar, entry, into);
            }
        }
    }

    private static void unpack(TarArchiveInputStream tar, TarArchiveEntry entry, Path into) throws IOException {
        Path path = into.resolve(entry.getName()).normalize();
        if (!path.startsWith(into)) {
            throw new IOException("the archive names a file outside of it: " + entry.getName());
        }
        if (entry.isDirectory()) {
            Files.createDirectories(path);
            return;
        }
        Files.createDirectories(path.getParent());
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
        } else if (entry.isLink()) {
            Files.createLink(path, into.resolve(entry.getLinkName()));
        } else {
            Files.copy(tar, path);
            Files.setPosixFilePermissions(path, permissions(entry.getMode()));
        }
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        Set<PosixFilePermission> permissions = EnumSet.of(
                PosixFilePermission.OWNER_READ,
                PosixFilePermission.OWNER_WRITE,
                PosixFilePermission.GROUP_READ,
                PosixFilePermission.OTHERS_READ);
        if ((mode & 0100) != 0) {
            permissions.addAll(EnumSet.of(
                    PosixFilePermission.OWNER_EXECUTE,
                    PosixFilePermission.GROUP_EXECUTE,
                    PosixFilePermission.OTHERS_EXECUTE));
        }
        return permissions;
    }

    /** Returns the archive's name for this platform, as its publisher names it. */
    private static String archiveName() {
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String system = os.startsWith("mac") ? "darwin" : os.startsWith("windows") ? "windows" : "linux";
        String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        return switch (arch) {
            case "amd64", "x86_64" -> "postgres-" + system + "-x86_64.txz";
            case "aarch64", "arm64" -> "postgres-" + system + "-arm_64.txz";
            default -> "postgres-" + system + "-" + arch + ".txz";
        };
    }

    /**
     * Returns the folder for unpacked programs. Another account cannot read root's home, so it gets a folder of the
     * system. A folder for temporary files is used only if this user created it, since its programs are executed.
     */
    private static Path cacheFolder(Privilege privilege) throws IOException {
        if (privilege.account().isPresent()) {
            return Files.createDirectories(Path.of("/var/cache/quorate"));
        }
        String xdg = System.getenv("XDG_CACHE_HOME");
        Path home = xdg == null || xdg.isBlank()
                ? Path.of(System.getProperty("user.home", "/nonexistent"), ".cache")
                : Path.of(xdg);
        try {
            return Files.createDirectories(home.resolve("quorate"));
        } catch (IOException e) {
            LOG.debug("cannot use a cache in {}: {}", home, e.toString());
        }
        Path temporary = Path.of(System.getProperty("java.io.tmpdir", "/tmp"), "quorate-" + Privilege.uid());
        if (!Files.exists(temporary)) {
            Folders.createPrivate(temporary);
        }
        if (!Folders.isOwn(temporary)) {
            throw new PostgresUnavailable(
                    "another user made " + temporary + ", so nothing in it can be trusted: set XDG_CACHE_HOME");
        }
        return temporary;
    }
}
