package org.quorate.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real PostgreSQL server on the loopback interface that ends with this process, for the demo and for tests. It is as
 * durable as any other unless a setting changes that. It also starts as root, which PostgreSQL by itself refuses.
 * Thread-safe.
 */
public final class EmbeddedPostgres implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);
    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final int PORTS_TO_TRY = 5;
    private static final String DUPLICATE_DATABASE = "42P04";

    private final DataFolder folder;
    private final boolean keepData;
    private final List<String> commandWithoutPort;
    private final Thread atExit = new Thread(this::close, "postgres-stop");
    private final String password;
    private volatile int port;
    private volatile @Nullable ServerProcess server;
    private boolean closed;

    private EmbeddedPostgres(Builder builder) {
        Privilege privilege = builder.privilege == null ? Privilege.find() : builder.privilege;
        Path binaries = builder.installation == null ? PostgresBinaries.unpacked(privilege) : builder.installation;
        folder = new DataFolder(builder.folder(), binaries, privilege);
        keepData = builder.keepData;
        folder.prepare(keepData, !"off".equals(builder.settings.get("fsync")));
        password = folder.password();
        commandWithoutPort = privilege.command(builder.words(binaries, folder.data()));
    }

    public static Builder builder() {
        return new Builder();
    }

    public String user() {
        return DataFolder.USER;
    }

    public String password() {
        return password;
    }

    /** Returns the port, which a {@link #restart} keeps. */
    public int port() {
        return port;
    }

    /** Returns the postmaster's process id. */
    public long pid() {
        return running().map(ServerProcess::pid).orElseThrow(() -> new IllegalStateException("PostgreSQL is stopped"));
    }

    public boolean isRunning() {
        return running().isPresent();
    }

    /** Returns the URL of the database, without user and password. */
    public String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    /** Returns a source without a pool: each connection is a new one, as the superuser. */
    public DataSource dataSource(String database) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(jdbcUrl(database));
        source.setUser(user());
        source.setPassword(password);
        return source;
    }

    /** Creates the database if it does not exist. */
    public void createDatabase(String name) {
        try (Connection connection = dataSource("postgres").getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("create database " + statement.enquoteIdentifier(name, true));
        } catch (SQLException e) {
            if (!DUPLICATE_DATABASE.equals(e.getSQLState())) {
                throw new PostgresUnavailable("the database " + name + " could not be created: " + e.getMessage(), e);
            }
        }
    }

    /** Stops the server as an administrator would. The data stays for {@link #restart}. */
    public synchronized void stop() {
        running().ifPresent(ServerProcess::stop);
        server = null;
    }

    /** Crashes the server: it flushes nothing and notifies no session. For tests of the recovery. */
    public synchronized void kill() {
        running().ifPresent(ServerProcess::kill);
        server = null;
    }

    /** Starts the server again on the same data and the same port; stops it first if it still runs. */
    public synchronized void restart() {
        if (closed) {
            throw new IllegalStateException("this PostgreSQL was closed and its data may be gone");
        }
        stop();
        launch(port);
    }

    /** Stops the server. Data that is not to be kept is deleted without being flushed. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (keepData) {
            stop();
        } else {
            kill();
            discard();
        }
        forgetExit();
    }

    private Optional<ServerProcess> running() {
        return Optional.ofNullable(server).filter(ServerProcess::isAlive);
    }

    private synchronized void launch(int onPort) {
        List<String> command = new ArrayList<>(commandWithoutPort);
        command.addAll(List.of("-p", String.valueOf(onPort)));
        server = ServerProcess.start(command, folder.data(), folder.log(), START_LIMIT);
        port = onPort;
    }

    private EmbeddedPostgres begin(int wantedPort) {
        Runtime.getRuntime().addShutdownHook(atExit);
        try {
            if (wantedPort == 0) {
                launchOnFreePort();
            } else {
                launch(wantedPort);
            }
            return this;
        } catch (RuntimeException e) {
            forgetExit();
            throw e;
        }
    }

    /** Tries several ports, since another process may take a free port before the server binds it. */
    private void launchOnFreePort() {
        for (int attempt = 1; ; attempt++) {
            try {
                launch(Ports.free());
                return;
            } catch (PostgresUnavailable e) {
                if (attempt == PORTS_TO_TRY || !String.valueOf(e.getMessage()).contains("could not bind")) {
                    throw e;
                }
                LOG.debug("trying another port: {}", e.getMessage());
            }
        }
    }

    private void forgetExit() {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            LOG.trace("already exiting", e);
        }
    }

    private void discard() {
        try {
            folder.delete();
        } catch (IOException e) {
            LOG.warn("PostgreSQL's data could not be deleted: {}", e.toString());
        }
    }

    /** The settings of a server to be started. */
    public static final class Builder {
        private @Nullable Path dataDirectory;
        private @Nullable Path installation;
        private boolean keepData;
        private int port;
        private @Nullable Privilege privilege;
        private final Map<String, String> settings = new LinkedHashMap<>();

        private Builder() {
            settings.put("listen_addresses", "127.0.0.1");
            // TCP with a password is the only way to connect
            settings.put("unix_socket_directories", "");
            settings.put("timezone", "UTC");
            settings.put("log_timezone", "UTC");
        }

        /** Sets a folder for this server alone. The default is a temporary folder. */
        public Builder dataDirectory(Path folder) {
            dataDirectory = folder;
            return this;
        }

        /** Uses the programs in {@code bin} of this installation instead of those in the jar. */
        public Builder installation(Path folder) {
            installation = folder;
            return this;
        }

        /** Reuses earlier data, and keeps it; otherwise the folder must be empty, and is deleted at the end. */
        public Builder keepData(boolean keep) {
            keepData = keep;
            return this;
        }

        /** Sets a parameter of {@code postgresql.conf}; {@code fsync=off} is for tests only. */
        public Builder setting(String name, String value) {
            settings.put(name, value);
            return this;
        }

        /** Sets the port; 0, the default, chooses a free one. */
        public Builder port(int wanted) {
            port = wanted;
            return this;
        }

        Builder privilege(Privilege chosen) {
            privilege = chosen;
            return this;
        }

        /** Returns when the server accepts connections. Throws {@link PostgresUnavailable}. */
        public EmbeddedPostgres start() {
            return new EmbeddedPostgres(this).begin(port);
        }

        private Path folder() {
            if (dataDirectory != null) {
                return dataDirectory;
            }
            if (keepData) {
                throw new IllegalStateException("data that is to be kept needs a directory");
            }
            try {
                return Files.createTempDirectory("quorate-postgres-");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private List<String> words(Path binaries, Path data) {
            List<String> words =
                    new ArrayList<>(List.of(binaries.resolve("bin/postgres").toString(), "-D", data.toString()));
            settings.forEach((name, value) -> words.addAll(List.of("-c", name + "=" + value)));
            return words;
        }
    }
}
