package org.quorate.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;

/**
 * Debian's PgBouncer before the server of a test. Tests that need it are skipped where it is missing, unless {@code
 * QUORATE_REQUIRE_PGBOUNCER} is set, as in CI. One thread.
 */
public final class PgBouncer implements AutoCloseable {
    private static final boolean REQUIRED = System.getenv("QUORATE_REQUIRE_PGBOUNCER") != null;
    private static final Path PROGRAM = Path.of("/usr/sbin/pgbouncer");
    private static final String LOOPBACK = "127.0.0.1";
    private static final String CONFIGURATION = "pgbouncer.ini";

    private volatile Process process;
    private final int port;
    private final Path folder;
    private final String mode;

    private PgBouncer(int port, Path folder, String mode) {
        this.port = port;
        this.folder = folder;
        this.mode = mode;
        this.process = start(folder);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> process.destroyForcibly()));
    }

    /** Returns whether PgBouncer is installed. */
    public static boolean isInstalled() {
        return Files.isExecutable(PROGRAM);
    }

    /** Skips the test where PgBouncer is missing. */
    public static void given() {
        boolean there = isInstalled();
        assertThat(there || !REQUIRED)
                .as("QUORATE_REQUIRE_PGBOUNCER is set: apt-get install pgbouncer")
                .isTrue();
        assumeTrue(there, "not tried without PgBouncer: apt-get install pgbouncer");
    }

    /**
     * Starts a PgBouncer before the server that listens at this port of the loopback interface. It asks its clients for
     * no password, and logs in to the server as this user.
     *
     * @param mode {@code session} or {@code transaction}
     * @param settings further lines of its configuration
     */
    public static PgBouncer before(int serverPort, String user, String password, String mode, String... settings) {
        given();
        try {
            Path folder = Files.createTempDirectory("quorate-pgbouncer-");
            // started by root it becomes another user, who reads this
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
            int port = freePort();
            Path configuration = folder.resolve(CONFIGURATION);
            Files.writeString(
                    configuration,
                    String.join(
                            "\n",
                            "[databases]",
                            "* = host=127.0.0.1 port=" + serverPort + " user=" + user + " password=" + password,
                            "[pgbouncer]",
                            "listen_addr = 127.0.0.1",
                            "listen_port = " + port,
                            "unix_socket_dir =",
                            "auth_type = any",
                            "pool_mode = " + mode,
                            String.join("\n", settings),
                            isRoot() ? "user = nobody" : "",
                            ""));
            PgBouncer started = new PgBouncer(port, folder, mode);
            started.awaitStarted();
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Process start(Path folder) {
        try {
            return new ProcessBuilder(List.of(
                            PROGRAM.toString(), folder.resolve(CONFIGURATION).toString()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            folder.resolve("log").toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends it, and with it the connections of its clients and its sessions to the server. */
    public void kill() {
        end(process.destroyForcibly());
    }

    /** Stops it with SIGTERM, as an administrator would. */
    public void stop() {
        process.destroy();
        end(process);
    }

    private static void end(Process process) {
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Starts it at the same port if it does not run. */
    public void startAgain() {
        if (!process.isAlive()) {
            process = start(folder);
            awaitStarted();
        }
    }

    public long pid() {
        return process.pid();
    }

    private void awaitStarted() {
        await().atMost(Duration.ofMinutes(2)).until(() -> {
            assertThat(process.isAlive()).as(log()).isTrue();
            try (Socket socket = new Socket(LOOPBACK, port)) {
                return socket.isConnected();
            } catch (IOException e) {
                return false;
            }
        });
    }

    /** Changes the mode in its configuration, and makes it read that again. */
    public void setMode(String wanted) {
        try {
            Path configuration = folder.resolve(CONFIGURATION);
            Files.writeString(
                    configuration,
                    Files.readString(configuration).replace("pool_mode = " + mode, "pool_mode = " + wanted));
            int exit = new ProcessBuilder("kill", "-HUP", Long.toString(process.pid()))
                    .start()
                    .waitFor();
            assertThat(exit).isZero();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Returns what it logged. */
    public String log() {
        try {
            return Files.readString(folder.resolve("log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return port;
    }

    /** Returns the URL of this database through the pooler. */
    public String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    private static boolean isRoot() throws IOException {
        return String.valueOf(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))
                .equals("0");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(LOOPBACK))) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor();
            Files.deleteIfExists(folder.resolve(CONFIGURATION));
            Files.deleteIfExists(folder.resolve("log"));
            Files.deleteIfExists(folder);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
