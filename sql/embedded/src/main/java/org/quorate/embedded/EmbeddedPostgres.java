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
 * A real PostgreSQL on the loopback interface that lives and dies with this process, for the demo and for tests. As durable
 * as any other unless a setting says otherwise. It works as root too, where PostgreSQL by itself refuses. Thread-safe.
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

    /** The same for all lives of this server. */
    public int port() {
        return port;
    }

    /** The postmaster's process id. */
    public long pid() {
        return running().map(ServerProcess::pid).orElseThrow(() -> new IllegalStateException("PostgreSQL is stopped"));
    }

    public boolean isRunning() {
        return running().isPresent();
    }

    /** Without user and password. */
    public String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    /** One new connection, as the superuser, for each one asked for. */
    public DataSource dataSource(String database) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(jdbcUrl(database));
        source.setUser(user());
        source.setPassword(password);
        return source;
    }

    /** Makes the database if it is not there. */
    public void createDatabase(String name) {
        try (Connection connection = dataSource("postgres").getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("create database " + statement.enquoteIdentifier(name, true));
        } catch (SQLException e) {
            if (!DUPLICATE_DATABASE.equals(e.getSQLState())) {
                throw new PostgresUnavailable("the database " + name + " could not be made: " + e.getMessage(), e);
            }
        }
    }

    /** Stops as an administrator would; the data stays for {@link #restart}. */
    public synchronized void stop() {
        running().ifPresent(ServerProcess::stop);
        server = null;
    }

    /** Crashes the server: nothing is flushed, no session is told. For tests of what comes after. */
    public synchronized void kill() {
        running().ifPresent(ServerProcess::kill);
        server = null;
    }

    /** Starts again on the same data and the same port, stopping first what still runs. */
    public synchronized void restart() {
        if (closed) {
            throw new IllegalStateException("this PostgreSQL was closed and its data may be gone");
        }
        stop();
        launch(port);
    }

    /** Stops; data that is not to be kept is not written out before, but deleted. */
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

    /** A free port may be taken by another process before the server binds it, so a few are tried. */
    private void launchOnFreePort() {
        for (int attempt = 1; ; attempt++) {
            try {
                launch(Ports.free());
                return;
            } catch (PostgresUnavailable e) {
                if (attempt == PORTS_TO_TRY || !String.valueOf(e.getMessage()).contains("could not bind")) {
                    throw e;
                }
                LOG.debug("another port: {}", e.getMessage());
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

    /** What is to be started. */
    public static final class Builder {
        private @Nullable Path dataDirectory;
        private @Nullable Path installation;
        private boolean keepData;
        private int port;
        private @Nullable Privilege privilege;
        private final Map<String, String> settings = new LinkedHashMap<>();

        private Builder() {
            settings.put("listen_addresses", "127.0.0.1");
            // TCP with a password is the one way in
            settings.put("unix_socket_directories", "");
            settings.put("timezone", "UTC");
            settings.put("log_timezone", "UTC");
        }

        /** A folder for this server alone; a temporary one if none is given. */
        public Builder dataDirectory(Path folder) {
            dataDirectory = folder;
            return this;
        }

        /** The programs of this installation, which has them in {@code bin}, instead of those that ship. */
        public Builder installation(Path folder) {
            installation = folder;
            return this;
        }

        /** Takes up data of an earlier start and leaves it at the end; otherwise the folder must be empty and is deleted. */
        public Builder keepData(boolean keep) {
            keepData = keep;
            return this;
        }

        /** A parameter of {@code postgresql.conf}; {@code fsync=off} is for tests only. */
        public Builder setting(String name, String value) {
            settings.put(name, value);
            return this;
        }

        /** 0, the default, for a free one. */
        public Builder port(int wanted) {
            port = wanted;
            return this;
        }

        Builder privilege(Privilege chosen) {
            privilege = chosen;
            return this;
        }

        /** Answers when the server takes connections; throws {@link PostgresUnavailable} with one clear sentence. */
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
